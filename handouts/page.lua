-- Pandoc filter of the handouts: makes a page that needs no other file. Puts the style sheet into the page, drawings
-- into it as inline SVG (so that their text is text, and follows dark mode), numbers the figures, and lists the
-- autograder's checks from their own tables. Called by mk/handouts.mk for each page; paths of figures are relative
-- to the page's source, those of checks to the top folder.

local figures = 0

local function file_read(path)
    local file = assert(io.open(path, "r"), "handouts: " .. path .. " cannot be read; is the figure's name right?")
    local text = file:read("a")
    file:close()
    return text
end

local function source_folder()
    return (PANDOC_STATE.input_files[1]:match("^(.*)/") or ".")
end

-- A paragraph that is one drawing becomes a figure with a caption.
function Para(block)
    local image = block.content[1]
    if #block.content ~= 1 or image.t ~= "Image" or not image.src:match("%.svg$") then
        return nil
    end
    figures = figures + 1
    local svg = file_read(source_folder() .. "/" .. image.src):gsub("%s*$", "")
    local caption = pandoc.List({ pandoc.Strong({ pandoc.Str("Figure " .. figures .. ".") }), pandoc.Space() })
    caption:extend(image.caption)
    return {
        pandoc.RawBlock("html", "<figure>\n" .. svg .. "\n<figcaption>"),
        pandoc.Plain(caption),
        pandoc.RawBlock("html", "</figcaption>\n</figure>"),
    }
end

-- One row for each check of an exercise: name, points, invariant. `text` is C, from one entry's name to the next.
local function check_row(text, exercise)
    local name, number, points = text:match('^"([^"]+)", %.exercise = "([^"]+)", %.points = (%d+)')
    if number ~= exercise then
        return ""
    end
    local invariant = ""
    for piece in text:match('%.invariant%s*=%s*(".-"),%s*[%.}]'):gmatch('"([^"]*)"') do
        invariant = invariant .. piece
    end
    local hidden = text:match("%.is_hidden = true") and " (hidden)" or ""
    local row = '<tr id="check-%s"><td><code>%s</code></td><td>%s</td><td>%s%s</td></tr>\n'
    return string.format(row, name, name, points, invariant:gsub("&", "&amp;"):gsub("<", "&lt;"), hidden)
end

-- ::: {.checks lab="lab1-boot" exercise="1.3"} stands for the list of that exercise's checks.
function Div(block)
    if not block.classes:includes("checks") then
        return nil
    end
    local rows = ""
    local files = assert(io.popen("LC_ALL=C ls grader/" .. block.attributes.lab .. "/check_*.c"))
    for file in files:lines() do
        for entry in (file_read(file):gsub("%.name = ", "\1")):gmatch("\1([^\1]*)") do
            rows = rows .. check_row(entry, block.attributes.exercise)
        end
    end
    files:close()
    local head = "<thead><tr><th>check</th><th>points</th><th>what holds</th></tr></thead>\n"
    return rows == "" and {} or pandoc.RawBlock("html", '<div class="wide"><table class="checks">\n' .. head ..
        "<tbody>\n" .. rows .. "</tbody></table></div>")
end

-- Wide tables scroll by themselves, so that a phone's page does not.
function Table(block)
    return { pandoc.RawBlock("html", '<div class="wide">'), block, pandoc.RawBlock("html", "</div>") }
end

function Meta(meta)
    meta.style = pandoc.MetaBlocks({ pandoc.RawBlock("html", file_read("handouts/style.css")) })
    return meta
end
