"""Docstrings name things as users do: `CanaryFlipper` is linked wherever it is documented, if there is only one."""

from sphinx.util.nodes import make_refnode


def _find(app, env, node, contnode):
    if node.get("refdomain") != "py" or node.get("reftype") != "obj":
        return None
    domain, name = env.get_domain("py"), node["reftarget"].lstrip(".")
    found = [full for full, one in domain.objects.items() if full.endswith(f".{name}") and not one.aliased]
    if len(found) != 1:
        return None
    thing = domain.objects[found[0]]
    return make_refnode(app.builder, node["refdoc"], thing.docname, thing.node_id, contnode, found[0])


def setup(app):
    app.connect("missing-reference", _find)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
