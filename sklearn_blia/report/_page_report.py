"""What every report can do: show itself as a page, in a notebook, in a file, as Markdown."""

from abc import ABCMeta, abstractmethod

from ..files import write_whole
from ._markdown import markdown_of
from ._render import render


class PageReport(metaclass=ABCMeta):
    """Base of the reports.

    A subclass implements ``page()``, the dictionary that `render` takes.
    """

    @abstractmethod
    def page(self):
        """Gather what a page shows.

        Returns
        -------
        dict
            Plain values and lists.
        """

    def _repr_html_(self):
        return render(self.page(), whole=False)

    def to_html(self, path=None):
        """Write the report as a page to show: one file without outside assets, for screens, telephones and print.

        Parameters
        ----------
        path : str or path-like, default=None
            The file, written as a whole or not at all; None returns the page.

        Returns
        -------
        str or None
            The page, where there is no `path`.
        """
        return write_page(self.page(), path)

    def to_markdown(self):
        """Return the report as Markdown: what was found in plain words, and the tables.

        Returns
        -------
        str
            Markdown with tables as GitHub has them.
        """
        return markdown_of(self.page())


def write_page(page, path):
    """Render a page, and write it to a file that its owner alone can read, where there is one."""
    html = render(page, whole=True)
    if path is None:
        return html
    write_whole(path, html, private=True)
    return None
