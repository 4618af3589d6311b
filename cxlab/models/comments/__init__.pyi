"""The room of comments: what customers write, who they are, and what coders agree on."""

from .agreement import agreement as agreement
from .codes import codes as codes
from .document_terms import document_terms as document_terms
from .keyness import keyness as keyness
from .posts import posts as posts
from .verbatims import verbatims as verbatims
