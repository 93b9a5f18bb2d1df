"""The probability: what it depends on, and the limits of its bands."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qa
from qa.answers import Confidence
from qa.confidence.model import HIGH, STRANGENESS_WEIGHT, ConfidenceModel
from qa.confidence.shipped import FIT_OF_MINILM, FIT_OF_MULTILINGUAL, shipped_for
from qa.confidence.signals import (
    CHANCE_PASSAGES,
    ENOUGH_AGREEMENT,
    FAMILIAR,
    LEAST_PASSAGES,
    Signals,
    matched_idf,
)
from qa.reader.network import LEAST_TRUST
from qa_index.collection.protocol import HeldTerms
from qa_index.encoding import multilingual
from qa_index.encoding.shipped import SHIPPED_SHA256

SHIPPED = FIT_OF_MULTILINGUAL

SIGNALS = Signals(
    similarity=0.6,
    evidence_share=0.6,
    passage_share=0.7,
    matched_idf=12.0,
    passages=100,
    trust=1.0,
    spread=0.12,
    words=6,
    average_length=60.0,
)


def probability(**changed: Any) -> float:
    return SHIPPED.probability(replace(SIGNALS, **changed))


@pytest.mark.parametrize("trust", [0.0, LEAST_TRUST, 0.8, 1.0])
class TestProbability:
    def test_grows_with_what_matches(self, trust: float) -> None:
        for name, more in {"evidence_share": 0.7, "matched_idf": 15.0}.items():
            assert probability(trust=trust, **{name: more}) > probability(trust=trust)

    def test_grows_with_similarity_as_far_as_it_is_trusted(self, trust: float) -> None:
        more, less = (probability(trust=trust, similarity=each) for each in (0.7, 0.6))
        assert more > less if trust > LEAST_TRUST else more == less

    def test_grows_with_what_was_read(self, trust: float) -> None:
        more, less = (probability(trust=trust, reading=each) for each in (1.0, -1.0))
        assert more > less

    def test_falls_with_the_passages_that_match_by_chance(self, trust: float) -> None:
        counts = (LEAST_PASSAGES, 100, 300, CHANCE_PASSAGES)
        falling = [probability(trust=trust, passages=count) for count in counts]
        assert falling == sorted(set(falling), reverse=True)
        assert probability(trust=trust, passages=1) == falling[0]
        assert probability(trust=trust, passages=20 * CHANCE_PASSAGES) == falling[-1]


@pytest.mark.parametrize("trust", [0.0, 1.0])
def test_a_table_is_doubted_as_far_as_its_columns_do_not_agree(trust: float) -> None:
    agreements = (0.0, 0.2, 0.4, ENOUGH_AGREEMENT, 1.0)
    rising = [probability(trust=trust, agreement=each) for each in agreements]
    assert rising[:4] == sorted(set(rising[:4]))
    assert rising[3] == rising[4] == probability(trust=trust, agreement=None)
    assert rising[0] < SHIPPED.threshold


def test_similarity_counts_from_some_trust_on() -> None:
    trusts = (0.0, 0.3, LEAST_TRUST, 0.7, 0.8, 1.0)
    assert [replace(SIGNALS, trust=trust).model_weight for trust in trusts] == pytest.approx(
        [0, 0, 0, 0.25, 0.5, 1]
    )


@pytest.mark.parametrize("fit", [FIT_OF_MINILM, FIT_OF_MULTILINGUAL])
def test_both_readings_count(fit: ConfidenceModel) -> None:
    def said(**changed: Any) -> float:
        return fit.probability(replace(SIGNALS, **changed))

    assert said(reading=0.0, second=-3.0) < said(reading=0.0, second=0.0)
    assert said(reading=0.0, second=0.0) < said(reading=0.0, second=3.0)
    assert said(reading=-2.0, second=0.0) < said(reading=2.0, second=0.0)


def test_a_narrow_lead_lowers_it() -> None:
    assert probability(reading=1.0, margin=0.5) < probability(reading=1.0, margin=3.0)


@pytest.mark.parametrize("name", FAMILIAR)
def test_what_is_unlike_all_that_was_fitted_lowers_it(name: str) -> None:
    low, high = FAMILIAR[name]

    def signals(**changed: Any) -> Signals:
        return replace(SIGNALS, **changed)

    assert signals(**{name: high}).strangeness == 0
    far = signals(**{name: high + (high - low) / 2})
    assert far.strangeness == pytest.approx(0.5)
    inside = replace(SHIPPED.with_vectors, strangeness=0.0)
    assert SHIPPED.with_vectors.logit(far) == pytest.approx(
        inside.logit(far) + 0.5 * STRANGENESS_WEIGHT
    )


def test_what_is_likely_is_said_with_caution() -> None:
    plain = replace(SHIPPED, caution=1.0)
    readings = np.linspace(-6, 6, 60).tolist()
    for reading in readings:
        signals = replace(SIGNALS, reading=reading, margin=4.0)
        said, fitted = SHIPPED.probability(signals), plain.probability(signals)
        assert said == fitted if fitted <= 0.5 else 0.5 < said < fitted
    assert plain.probability(replace(SIGNALS, reading=6.0, margin=4.0)) > 0.5


def test_each_model_has_its_own_fit() -> None:
    assert shipped_for(SHIPPED_SHA256) is FIT_OF_MINILM
    assert shipped_for(multilingual.SHA256) is FIT_OF_MULTILINGUAL
    assert shipped_for("0" * 64) is FIT_OF_MULTILINGUAL


def test_no_passages_are_no_error() -> None:
    assert probability(passages=0) == probability(passages=1)


def test_a_huge_question_overflows_nothing() -> None:
    assert probability(matched_idf=-1e9) == 0
    highest = replace(SHIPPED, caution=1.0).probability(replace(SIGNALS, matched_idf=1e9))
    assert highest == pytest.approx(SHIPPED.with_vectors.ceiling, abs=1e-4)


def test_bands_begin_at_their_least_probability() -> None:
    for least, band in ((0, "low"), (SHIPPED.threshold, "medium"), (HIGH, "high")):
        assert SHIPPED.band(least) is Confidence(band)
        assert SHIPPED.least(Confidence(band)) == least
    assert SHIPPED.band(SHIPPED.threshold - 1e-4) is Confidence.LOW
    assert SHIPPED.band(HIGH - 1e-4) is Confidence.MEDIUM


class TestMatchedIdf:
    """The share of a question's idf weight that a candidate holds."""

    own = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]], dtype=bool)
    held = HeldTerms(("a", "b", "c", "d"), own, np.zeros_like(own))

    def shares(self, words: list[tuple[str, ...]], weights: list[float]) -> list[float]:
        return [float(share) for share in matched_idf(words, weights, self.held)]

    def test_weighs_each_word_by_its_idf(self) -> None:
        assert self.shares([("a",), ("b",)], [1.0, 3.0]) == [1, 0.25, 0, 0]

    def test_an_unknown_word_counts_against_every_candidate(self) -> None:
        assert self.shares([("a",), ("unseen",)], [1.0, 3.0]) == [0.25, 0.25, 0, 0]

    def test_a_word_is_found_by_any_of_its_alternatives(self) -> None:
        assert self.shares([("b", "c", "unseen")], [2.0]) == [1, 0, 1, 1]

    def test_a_question_without_words_matches_nothing(self) -> None:
        assert self.shares([], []) == [0, 0, 0, 0]


THAI = (
    "ห้องสมุดเปิดทุกวันเวลาเก้าโมงเช้าและปิดเวลาสองทุ่ม ผู้อ่านยืมหนังสือได้ครั้งละไม่เกินห้าเล่มเป็นเวลาสี่สัปดาห์ "
    "และต่ออายุได้หนึ่งครั้งก่อนถึงกำหนด ผู้ที่คืนหนังสือช้าต้องจ่ายค่าปรับวันละสองบาท",
    "ร้านอาหารของโรงเรียนขายข้าวกลางวันตั้งแต่เวลาสิบเอ็ดโมงครึ่งถึงบ่ายโมง นักเรียนจ่ายเงินด้วยบัตร "
    "ครูและผู้ปกครองจ่ายเงินสดได้ น้ำดื่มแจกฟรีที่หน้าประตู",
    "สนามกีฬาอยู่หลังโรงเรียน ทีมฟุตบอลฝึกซ้อมทุกวันพุธ ส่วนทีมบาสเกตบอลฝึกซ้อมทุกวันศุกร์ "
    "ผู้ที่ต้องการเข้าร่วมทีมต้องสมัครกับครูพละภายในเดือนมิถุนายน",
)


def test_thai_is_answered(tmp_path: Path) -> None:
    """It has several times as many terms to a word as other languages."""
    for number, text in enumerate(THAI):
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
    qa.index([tmp_path], into=tmp_path / ".qa")
    with qa.open(tmp_path / ".qa") as session:
        answer = session.ask("ผู้ที่ต้องการเข้าร่วมทีมฟุตบอลหรือทีมบาสเกตบอลต้องสมัครกับใครภายในเดือนอะไร")
    assert answer.explanation.strangeness == 0
    assert answer.status is qa.Status.ANSWERED
    assert answer.citations[0].quote == THAI[2]
