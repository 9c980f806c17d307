import json


async def test_it_answers(dsinfra, jp_fetch):
    r = await jp_fetch("dsinfra", "api", "health")
    print(r.body)
    assert json.loads(r.body)["version"]
