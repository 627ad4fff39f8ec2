from notification.linktests.link import Link


def test_a_link_is_named_as_its_table_in_the_file() -> None:
    assert Link("sms", "indosat").name == "sms.indosat"
    assert Link("sms", "indosat", immediate=True).name == "sms.indosat.immediate"
    assert Link("sms", "indosat", immediate=True).label == "indosat.immediate"
