"""Pages that need no kernel, and models as such pages carry them, to compute.

A page multiplies matrices with half a kilobyte of WebAssembly's vector instructions,
which its script writes itself (``js/src/live``); nothing is downloaded.
"""

from vitwidgets.publishing.live_weights import LiveModel as LiveModel
from vitwidgets.publishing.live_weights import live_model as live_model
from vitwidgets.publishing.published_site import PublishedPage as PublishedPage
from vitwidgets.publishing.published_site import PublishedSite as PublishedSite
from vitwidgets.publishing.site import publish as publish
