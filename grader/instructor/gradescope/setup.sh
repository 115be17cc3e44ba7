#!/bin/bash
# Gradescope runs this once, as root, when it builds the container: packages, grader, and a trial. What is told to fail
# here is seen by the instructor, who uploaded the archive; students never meet it.
set -eu
cd /autograder/source/course
export CI=true DEBIAN_FRONTEND=noninteractive

setup/doctor install
make -s LAB=@LAB@ grader guests

# The reference must have full points in this container. It does not stay: submissions can read what is here.
make -s grade LAB=@LAB@ SUBMISSION=../reference.tar.gz SEED=@SEED@ CSV=../trial.csv
if grep -q ',failed,\|,skipped,\|,error,' ../trial.csv; then
    echo "setup.sh: the reference solution does not have full points in this container; its report stands above." >&2
    exit 1
fi
rm -f ../reference.tar.gz ../trial.csv
