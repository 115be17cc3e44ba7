/*
 * text.c with its standard names changed (text_on_host.h); other tests link it for text_equal() and its like.
 */
#include "text_on_host.h"
#include "text.c"
