# Draws the table that `build/bench` prints: gnuplot -e "table='...'; picture='...'" mk/bench.gp
set terminal svg size 800,420 font 'DejaVu Sans,12' background '#ffffff'
set output picture
set title 'Cost of a trap, whole round trip seen from the guest'
set ylabel 'instructions'
set yrange [0:*]
set datafile missing '-'
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.7 border -1
set boxwidth 0.9
set xtics nomirror rotate by -25
set key top right
plot table every ::1 using 2:xtic(1) title 'Ringlet' linecolor rgb '#4472a8', \
     '' every ::1 using 4 title 'baseline' linecolor rgb '#b0b0b0'
