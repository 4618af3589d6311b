"""The room of money: what loyalty goes with in customers and spend, and what contacts cost."""

from .efficiency import efficiency as efficiency
from .money_value import money_value as money_value
