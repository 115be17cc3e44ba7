# The pages that people read: handouts/*.md and handouts/instructor/*.md become HTML that needs no other file, and PDF
# made from that HTML, in $(BUILD)/handouts. Same sources, same bytes. Pages of the instructor stay in a folder of
# their own, so that no archive for students takes them by accident.
HANDOUT_SOURCES := $(sort $(wildcard handouts/*.md handouts/instructor/*.md))
HANDOUT_PAGES := $(HANDOUT_SOURCES:handouts/%.md=$(BUILD)/handouts/%.html)
HANDOUT_PAPERS := $(HANDOUT_PAGES:.html=.pdf)
HANDOUT_PARTS := handouts/page.html handouts/page.lua handouts/style.css $(wildcard handouts/figures/*.svg) \
    $(wildcard grader/lab*/check_*.c)

.PHONY: handouts
handouts: $(HANDOUT_PAGES) $(HANDOUT_PAPERS) ## the lab texts as HTML and PDF: build/handouts

$(BUILD)/handouts/%.html: handouts/%.md $(HANDOUT_PARTS) mk/handouts.mk
	@mkdir -p $(@D)
	$(call show,PANDOC)pandoc --from markdown-implicit_figures-smart --to html5 --standalone --toc --toc-depth=2 \
	    --no-highlight --wrap=preserve --template handouts/page.html --lua-filter handouts/page.lua -o $@.new $< && \
	    mv $@.new $@

# Without a fixed date the PDF would differ from run to run.
$(BUILD)/handouts/%.pdf: $(BUILD)/handouts/%.html
	$(call show,PDF)SOURCE_DATE_EPOCH=0 weasyprint -q $< $@.new && mv $@.new $@

# The test that no page shows a solution, and that every link leads somewhere, reads the pages.
$(BUILD)/unit/host/test_handouts: | $(HANDOUT_PAGES)
