"""Questions about a table, answered by computing: a small grammar over column names and values, never from memory.

:func:`ask` reads a question, computes the facts it asks for and says them in sentences that the verifier has passed.
What it does not understand it does not answer: it says which word it misses and offers three questions it can answer.
"""

from narrative.engine.story.questions.ask import ask
from narrative.engine.story.questions.types import Answer, ColumnWords, NotUnderstood, Query, Vocabulary
from narrative.engine.story.questions.vocabulary import vocabulary_of

__all__ = ["Answer", "ColumnWords", "NotUnderstood", "Query", "Vocabulary", "ask", "vocabulary_of"]
