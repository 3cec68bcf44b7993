"""Reading and checking images, a model's own preprocessing, bundled sample scenes."""

from vitwidgets.images.errors import ImageError as ImageError
from vitwidgets.images.lettering import write_label as write_label
from vitwidgets.images.preprocessing import PreparedImage as PreparedImage
from vitwidgets.images.preprocessing import Preprocessing as Preprocessing
from vitwidgets.images.preprocessing import prepare_image as prepare_image
from vitwidgets.images.preprocessing import prepare_mask as prepare_mask
from vitwidgets.images.reading import ImageSource as ImageSource
from vitwidgets.images.reading import read_image as read_image
from vitwidgets.images.sample_scenes import SampleScene as SampleScene
from vitwidgets.images.sample_scenes import sample as sample
from vitwidgets.images.sample_scenes import sample_names as sample_names
