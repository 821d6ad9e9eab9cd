"""Formulas as MathML, which browsers draw themselves: no script, and no network."""

from html import escape

from latex2mathml.converter import convert


def _visit_inline(self, node):
    self.body.append(convert(node.astext()))
    _skip()


def _visit_block(self, node):
    formula = convert(node.astext(), display="block")
    self.body.append(f'<div class="math" role="math" aria-label="{escape(node.astext(), quote=True)}">{formula}</div>')
    _skip()


def _skip():
    from docutils.nodes import SkipNode

    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
