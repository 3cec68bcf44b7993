"""The contract between Python and TypeScript: traits, arrays, messages, types."""

from vitwidgets.wire.messages import Answer as Answer
from vitwidgets.wire.messages import BadRequestError as BadRequestError
from vitwidgets.wire.messages import Reply as Reply
from vitwidgets.wire.messages import Request as Request
from vitwidgets.wire.messages import read_request as read_request
from vitwidgets.wire.messages import replies as replies
from vitwidgets.wire.quantisation import QuantisedAttention as QuantisedAttention
from vitwidgets.wire.quantisation import quantise_attention as quantise_attention
from vitwidgets.wire.record import Record as Record
from vitwidgets.wire.record import Records as Records
from vitwidgets.wire.traits import Array as Array
from vitwidgets.wire.traits import Index as Index
from vitwidgets.wire.traits import IndexOrNone as IndexOrNone
from vitwidgets.wire.traits import Number as Number
from vitwidgets.wire.traits import Owner as Owner
from vitwidgets.wire.traits import checked_index as checked_index
from vitwidgets.wire.traits import owned as owned
from vitwidgets.wire.traits import owner_of as owner_of
