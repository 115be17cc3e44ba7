-- Pandoc filter of the handouts: makes a page that needs no other file. Puts the style sheet into the page, drawings
-- into it as inline SVG (so that their text is text, and follows dark mode), and numbers the figures.
-- Called by mk/handouts.mk for each page; paths of figures are relative to the page's source.

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

-- Wide tables scroll by themselves, so that a phone's page does not.
function Table(block)
    return { pandoc.RawBlock("html", '<div class="wide">'), block, pandoc.RawBlock("html", "</div>") }
end

function Meta(meta)
    meta.style = pandoc.MetaBlocks({ pandoc.RawBlock("html", file_read("handouts/style.css")) })
    return meta
end
