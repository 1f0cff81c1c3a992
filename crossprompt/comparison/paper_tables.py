"""The numbers of paper 001's tables 2 to 10 and 14, and the directions of its figures 3 and 5."""

from __future__ import annotations

from crossprompt.comparison.paper import (
    Contrast,
    Direction,
    PaperFigure,
    PaperTable,
    parse_columns,
    parse_rows,
    within_groups,
)
from crossprompt.comparison.paper_languages import TABLE_12, TABLE_13

_FEW_AND_ALL = ("5 shots", "15 shots", "all data")
_ORDER = (("PT", "FT"), ("APT", "PT"), ("APT", "FT"))
_MASSIVE = parse_columns("en=en-US zh-CN=zh-CN ja=ja-JP ko=ko-KR AVG")
_ENGLISH = parse_columns("en=en-US AVG")
_XSGD = parse_columns("en=en-US hi=hi ms=ms vi=vi gd=gd tg=tg AVG")


def _table(
    number: str,
    title: str,
    layout: tuple[tuple[str, ...], tuple[str | None, ...]],
    rows: str,
    contrasts: tuple[Contrast, ...],
    score: str = "accuracy",
    out_of_reach: str = "",
) -> PaperTable:
    return PaperTable(
        number=number,
        title=title,
        score=score,
        columns=layout[0],
        locales=layout[1],
        rows=parse_rows(rows),
        contrasts=contrasts,
        out_of_reach=out_of_reach,
    )


TABLE_2 = _table(
    "2",
    "Which pairs to align with: conversations or other text",
    parse_columns("AVG"),
    """
    5 shots  | non-conversation | intent 5 APT-non-conversation   | 51.7 (1.1)
    5 shots  | conversation     | intent 5 APT-conversation       | 55.2 (1.3)
    15 shots | non-conversation | intent 15 APT-non-conversation  | 63.0 (0.5)
    15 shots | conversation     | intent 15 APT-conversation      | 66.5 (0.5)
    all data | non-conversation | intent all APT-non-conversation | 76.1 (0.6)
    all data | conversation     | intent all APT-conversation     | 77.7 (0.5)
    """,
    within_groups(_FEW_AND_ALL, ("conversation", "non-conversation")),
)

TABLE_3 = _table(
    "3",
    "NLI-based and vanilla classifier, fine-tuned",
    _MASSIVE,
    """
    NLI-based | 5 shots  | nli 5 FT      | 47.8 31.3 25.7 38.3 24.2 (6.8)
    NLI-based | 15 shots | nli 15 FT     | 70.8 53.1 43.5 61.8 46.0 (11.9)
    NLI-based | all data | nli all FT    | 89.9 69.4 54.3 83.7 76.8 (0.6)
    vanilla   | 5 shots  | intent 5 FT   | 9.4 4.4 4.2 6.6 5.9 (3.3)
    vanilla   | 15 shots | intent 15 FT  | 10.2 13.7 9.2 11.5 28.7 (17.3)
    vanilla   | all data | intent all FT | 90.6 71.1 53.7 84.0 78.8 (0.5)
    """,
    tuple(Contrast(first=("NLI-based", shots), second=("vanilla", shots)) for shots in _FEW_AND_ALL),
)

TABLE_4 = _table(
    "4",
    "Vanilla intent classifier: three ways to tune",
    _MASSIVE,
    """
    5 shots  | FT  | intent 5 FT    | 9.4 4.4 4.2 6.6 5.9 (3.3)
    5 shots  | PT  | intent 5 PT    | 51.3 16.8 15.3 30.8 24.9 (11.5)
    5 shots  | APT | intent 5 APT   | 65.2 52.1 38.5 59.3 55.2 (1.3)
    15 shots | FT  | intent 15 FT   | 10.2 13.7 9.2 11.5 28.7 (17.4)
    15 shots | PT  | intent 15 PT   | 75.8 56.5 43.6 63.7 58.2 (2.3)
    15 shots | APT | intent 15 APT  | 78.0 62.9 47.7 71.7 66.5 (0.5)
    all data | FT  | intent all FT  | 90.6 71.1 53.7 84.0 78.8 (0.5)
    all data | PT  | intent all PT  | 89.7 68.2 55.6 82.1 76.8 (0.1)
    all data | APT | intent all APT | 90.1 70.5 54.5 84.4 77.7 (0.5)
    """,
    within_groups(_FEW_AND_ALL, *_ORDER),
)

TABLE_5 = _table(
    "5",
    "NLI-based intent classifier: three ways to tune",
    _MASSIVE,
    """
    5 shots  | FT  | nli 5 FT    | 47.8 31.3 25.7 38.3 24.2 (6.8)
    5 shots  | PT  | nli 5 PT    | 59.9 40.0 30.0 49.4 38.1 (16.5)
    5 shots  | APT | nli 5 APT   | 69.8 52.4 45.4 64.8 59.8 (1.6)
    15 shots | FT  | nli 15 FT   | 70.8 53.1 43.5 61.8 46.0 (11.9)
    15 shots | PT  | nli 15 PT   | 75.8 57.8 43.5 68.7 60.3 (2.6)
    15 shots | APT | nli 15 APT  | 89.7 62.8 51.8 75.0 67.5 (1.1)
    all data | FT  | nli all FT  | 89.9 69.4 54.3 83.7 76.8 (0.6)
    all data | PT  | nli all PT  | 89.7 56.4 36.0 83.9 75.6 (0.4)
    all data | APT | nli all APT | 90.2 68.4 52.0 85.2 78.9 (0.2)
    """,
    within_groups(_FEW_AND_ALL, *_ORDER),
)

TABLE_6 = _table(
    "6",
    "Intents by chat models",
    _ENGLISH,
    """
    text-davinci-003 | zero-shot | intent 0 chat | 59.0 40.8
    text-davinci-003 | 1 shot    | intent 1 chat | 71.0 51.2
    text-davinci-003 | 5 shots   | intent 5 chat | 83.0 54.6
    ChatGPT          | zero-shot | intent 0 chat | 63.0 54.6
    ChatGPT          | 1 shot    | intent 1 chat | 76.0 51.2
    ChatGPT          | 5 shots   | intent 5 chat | 87.0 51.3
    """,
    within_groups(("text-davinci-003", "ChatGPT"), ("5 shots", "zero-shot")),
    out_of_reach="a chat endpoint",
)

TABLE_7 = _table(
    "7",
    "Slot filling: three ways to tune",
    _ENGLISH,
    """
    5 shots  | FT  | slots 5 FT    | 41.0 27.8 (3.3)
    5 shots  | PT  | slots 5 PT    | 59.5 34.2 (1.2)
    5 shots  | APT | slots 5 APT   | 62.6 38.7 (0.9)
    15 shots | FT  | slots 15 FT   | 70.7 49.0 (1.1)
    15 shots | PT  | slots 15 PT   | 70.9 45.6 (0.9)
    15 shots | APT | slots 15 APT  | 72.4 46.9 (1.2)
    all data | FT  | slots all FT  | 83.9 61.6 (1.0)
    all data | PT  | slots all PT  | 83.3 55.4 (0.1)
    all data | APT | slots all APT | 83.5 55.5 (0.5)
    """,
    within_groups(_FEW_AND_ALL, *_ORDER),
    score="F1",
)

TABLE_8 = _table(
    "8",
    "Slot filling with a backbone six times as large",
    parse_columns("en=en-US zh-CN=zh-CN ja=ja-JP AVG"),
    """
    15 shots | PT  | slots-xl 15 PT   | 71.7 10.1 5.1 46.6 (1.9)
    15 shots | APT | slots-xl 15 APT  | 73.3 22.1 13.2 52.1 (0.5)
    all data | PT  | slots-xl all PT  | 83.1 14.9 9.4 55.9 (0.7)
    all data | APT | slots-xl all APT | 82.8 23.6 11.7 60.5 (0.7)
    """,
    within_groups(("15 shots", "all data"), ("APT", "PT")),
    score="F1",
    out_of_reach="XLM-R-XL (3.5 billion parameters)",
)

TABLE_9 = _table(
    "9",
    "XSGD intents: what the aligned prompt was trained for",
    _XSGD,
    """
    5 shots per service | PT           | xsgd 5 PT           | 97.2 94.3 94.2 94.6 86.4 74.7 90.0
    5 shots per service | APT          | xsgd 5 APT          | 97.7 95.5 95.7 95.2 89.7 75.3 91.4
    5 shots per service | APT MLM only | xsgd 5 APT-mlm-only | 96.8 93.3 93.1 92.7 88.5 75.0 89.7
    """,
    within_groups(("5 shots per service",), ("APT", "PT"), ("APT", "APT MLM only")),
)

TABLE_10 = _table(
    "10",
    "What the aligned prompt was trained for",
    _ENGLISH,
    """
    5 shots  | PT           | intent 5 PT            | 51.3 24.9 (11.5)
    5 shots  | APT          | intent 5 APT           | 65.2 55.2 (1.3)
    5 shots  | APT MLM only | intent 5 APT-mlm-only  | 61.9 30.9 (7.1)
    15 shots | PT           | intent 15 PT           | 75.8 58.2 (2.3)
    15 shots | APT          | intent 15 APT          | 78.0 66.5 (0.5)
    15 shots | APT MLM only | intent 15 APT-mlm-only | 78.2 61.2 (1.8)
    """,
    within_groups(("5 shots", "15 shots"), ("APT", "APT MLM only"), ("APT MLM only", "PT")),
)

TABLE_14 = _table(
    "14",
    "XSGD intents: three ways to tune, and lengths of a fresh prompt",
    _XSGD,
    """
    5 shots per service | FT           | xsgd 5 FT          | 95.7 92.8 93.2 93.9 84.5 75.0 88.6
    5 shots per service | PT length 4  | xsgd 5 PT-length-4 | 93.6 90.8 90.7 90.5 83.7 74.5 87.5
    5 shots per service | PT length 8  | xsgd 5 PT-length-8 | 96.2 94.4 93.8 94.7 85.8 74.3 89.8
    5 shots per service | PT length 16 | xsgd 5 PT          | 97.2 94.3 94.2 94.6 86.4 74.7 90.0
    5 shots per service | APT          | xsgd 5 APT         | 97.7 95.5 95.7 95.2 89.7 75.3 91.4
    """,
    within_groups(
        ("5 shots per service",),
        ("PT length 16", "FT"),
        ("APT", "PT length 16"),
        ("PT length 16", "PT length 4"),
    ),
)

FIGURE_3 = PaperFigure(
    number="3",
    title="Finding translations in Tatoeba by the prompt's length",
    directions=(
        Direction(first="APT-length-1", second="no prompt"),
        Direction(first="APT", second="APT-length-1"),
        Direction(first="APT", second="APT-length-100"),
    ),
)
FIGURE_5 = PaperFigure(
    number="5",
    title="XSGD intents in every language",
    directions=(Direction(first="PT", second="FT"), Direction(first="APT", second="PT")),
)

TABLES = (
    TABLE_2,
    TABLE_3,
    TABLE_4,
    TABLE_5,
    TABLE_6,
    TABLE_7,
    TABLE_8,
    TABLE_9,
    TABLE_10,
    TABLE_12,
    TABLE_13,
    TABLE_14,
)
"""In the paper's order. Tables 1 (human ratings) and 11 (an example) have nothing to compare."""
