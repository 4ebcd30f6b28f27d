"""One narrator per stage: from computed objects to claims. None of them owns a number."""
