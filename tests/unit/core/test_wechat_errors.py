import pytest

from cococat.core.platform_errors import Fault, Remedy
from cococat.core.wechat_errors import CREDENTIALS, FAULTS, TOKEN_FAULTS

TABLE = {
    Remedy.RETRY: (-1, 40007, 45011),
    Remedy.REFRESH_TOKEN: (40001, 40014, 42001),
    Remedy.OPERATOR: (
        *(40013, 40125, 40164, 40243, 45009, 48004, 50002, 89501, 89503, 89506, 89507),
    ),
    Remedy.PERMANENT: (
        *(40002, 40003, 40004, 40005, 40006, 40008, 40009, 40010, 40011, 40012, 40033, 40137),
        *(41001, 41002, 41004, 41006, 43002, 43003, 43004, 43019, 44002, 44004, 45001, 45002),
        *(45008, 45015, 45047, 45072, 45080, 45081, 46004, 47001, 48001, 48002, 48008, 50005),
        *(61450, 61451, 61452, 61453),
    ),
}


def test_every_code_has_the_remedy_of_the_documentation() -> None:
    """And there are no others."""
    assert {code: fault.remedy for code, fault in FAULTS.items()} == {
        code: remedy for remedy, codes in TABLE.items() for code in codes
    }


@pytest.mark.parametrize("fault", [*FAULTS.values(), *TOKEN_FAULTS.values()])
def test_an_operator_is_told_what_to_do(fault: Fault) -> None:
    """And nobody else is; every reason is a word that can be counted."""
    assert bool(fault.advice) == (fault.remedy is Remedy.OPERATOR)
    assert fault.reason.isidentifier()


def test_where_a_token_is_asked_for_only_a_person_helps() -> None:
    """A refused token can't be the reason there."""
    assert {fault.remedy for fault in TOKEN_FAULTS.values()} == {Remedy.OPERATOR}
    assert TOKEN_FAULTS.keys() >= CREDENTIALS
    assert 40164 not in CREDENTIALS
