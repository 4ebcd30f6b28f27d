"""Words that questions are made of, besides names and values of the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _phrases(text: str) -> list[tuple[str, ...]]:
    return [tuple(phrase.split()) for phrase in text.split(",")]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMPARISONS: Final[Mapping[tuple[str, ...], str]] = {
    phrase: op
    for op, text in {
        ">": "more than,greater than,higher than,larger than,bigger than,longer than,older than,over,above,after,>",
        ">=": "at least,no less than,not less than,since,from,>=,≥",
        "<": "less than,fewer than,lower than,smaller than,shorter than,younger than,under,below,before,<",
        "<=": "at most,no more than,not more than,up to,until,<=,≤",
        "=": "equal to,equals,exactly,=,==",
        "!=": "not equal to,different from,other than,!=,≠,<>",
    }.items()
    for phrase in _phrases(text)
}
INTENTS: Final[Mapping[tuple[str, ...], str]] = {
    phrase: intent
    for intent, text in {
        "count": "how many,number of,count,count of,how much",
        "share": "what share,what percentage,what percent,what proportion,what fraction,share of,percentage of,"
        "percent of,proportion of,fraction of,share,percentage,percent,proportion,fraction,how often",
        "mean": "average,mean,on average,avg",
        "median": "median,typical,middle value,usual",
        "quantile": "percentile,quantile",
        "range": "range,maximum,minimum,max,min,range of",
        "sum": "sum,sum of,total,total of,altogether",
        "spread": "standard deviation,spread,deviation,variation,vary",
        "missing": "missing,empty,blank,gaps,not filled,no value",
        "distinct": "different,distinct,unique",
        "top": "most common,most frequent,commonest,most often,top,least common,least frequent,frequent,frequencies,"
        "distribution,distribution of,breakdown,breakdown of",
        "groups": "compare,comparison,differ,difference,differences,compared,vs,versus,against,higher,lower,larger,"
        "smaller,bigger,greater",
        "correlation": "correlation,correlated,correlate,correlates,related,relation,relationship,depend,depends,"
        "connected,connection,associated,association,linked",
    }.items()
    for phrase in _phrases(text)
}
SUPERLATIVES: Final[Mapping[tuple[str, ...], str]] = {
    phrase: order
    for order, text in {
        "high": "highest,largest,biggest,greatest,longest,oldest,most,latest,newest",
        "low": "lowest,smallest,least,fewest,shortest,youngest,earliest",
    }.items()
    for phrase in _phrases(text)
}
GROUPING: Final = frozenset({"by", "per", "each", "every", "across", "grouped"})
WITHIN: Final = frozenset({"among", "amongst", "within", "in", "for", "with", "where", "having", "when", "if"})
"""Before a condition of a share: the rows it is a share of."""
NEGATIONS: Final = frozenset({"not", "isn't", "aren't", "without", "didn't", "don't", "doesn't", "non", "never", "no"})
COLUMNS_WORDS: Final = frozenset({"columns", "column", "variables", "fields", "features"})
FUTURE: Final = frozenset({"will", "would", "could", "should", "predict", "forecast", "expect", "why", "because"})
"""Words that ask for what no table holds."""
ROW_WORDS: Final = _words(
    """row rows record records entry entries case cases line lines item items customer customers client clients people
    person persons user users patient patients passenger passengers employee employees student students order orders
    sale sales product products house houses home homes car cars transaction transactions observation observations
    sample samples member members visitor visitors guest guests booking bookings account accounts flight flights
    participant participants respondent respondents buyer buyers ones unit units"""
)
"""Nouns that people use for the rows of a table."""
FILLERS: Final = _words(
    """a an the of is are was were be been do does did has have had on at to and or that who which whose what how many
    much there their its it this these those all any me show tell give list please table data dataset file value values
    than can you i we our my find get calculate compute see about between as with where when in for by from into then
    if so also only just while group groups both same each every per made shown look looks like occur occurs appear
    appears according go goes together average out overall really actually currently now here them they her his split"""
)
"""Words that say nothing of their own; every other word must be understood, or there is no answer."""
