"""The room of the course: sealed shops, checked answers, copies of the lessons for a class."""

from .check import Checked as Checked, check as check, seal as seal
from .lessons import copy_lessons as copy_lessons, course_folder as course_folder
from .mystery_shop import MysteryShop as MysteryShop, mystery_shop as mystery_shop
