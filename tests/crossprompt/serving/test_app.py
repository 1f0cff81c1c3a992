"""The HTTP interface: what it answers, what it refuses and why, and what it says of itself."""

from __future__ import annotations

import json
import threading

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from crossprompt.serving.app import make_app
from crossprompt.serving.holder import FoundChampion
from crossprompt.serving.query import Query
from crossprompt.serving.records import MAX_CHARACTERS, MAX_UTTERANCES, PredictResponse
from crossprompt.serving.service import Service
from crossprompt.serving.settings import ServingSettings
from tests.crossprompt.serving.conftest import serving, wait_until
from tests.crossprompt.serving.texts import ODD

TOKEN = "0123456789abcdef"
PREDICT = "/predict"


def ask(client, *texts, **more):
    return client.post(PREDICT, json={"utterances": [{"text": text} for text in texts], **more})


def send(client, body, content_type="application/json", **headers):
    return client.post(PREDICT, content=body, headers={"Content-Type": content_type, **headers})


def refused(response, status):
    assert response.status_code == status, response.text
    answer = response.json()
    assert set(answer) == {"error", "problems"}
    return answer


def samples(client):
    text = client.get("/metrics").text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_one_utterance(client, champion):
    response = ask(client, "wake me up at nine on friday")
    assert response.status_code == 200
    found = PredictResponse.model_validate_json(response.content)
    assert found == champion.respond([Query("wake me up at nine on friday")])
    assert (found.champion.version, len(found.champion.fingerprint)) == ("7", 64)
    assert found.predictions[0].fresh is None


def test_many_utterances_in_their_order_with_locales_and_the_fresh_prompt(client):
    utterances = [{"text": text, "locale": "sw_ke" if n % 2 == 0 else None} for n, text in enumerate(ODD.values())]
    answer = client.post(PREDICT, json={"utterances": utterances, "top": 1, "compare": True}).json()
    assert [own["text"] for own in answer["predictions"]] == list(ODD.values())
    assert [own["locale"] for own in answer["predictions"]][:2] == ["sw-KE", None]
    assert {len(own["intents"]) for own in answer["predictions"]} == {1}
    assert all(own["fresh"]["intents"] and own["fresh"]["slots"] is not None for own in answer["predictions"])


WRONG = {
    "a list": ([], 422, "valid dictionary"),
    "text alone": ({"text": "wake me"}, 422, "utterances: this field is missing"),
    "strings": ({"utterances": ["wake me"]}, 422, "utterances.0: "),
    "no utterances": ({"utterances": []}, 422, "at least 1 item"),
    "too many": ({"utterances": [{"text": "a"}] * (MAX_UTTERANCES + 1)}, 422, f"at most {MAX_UTTERANCES} items"),
    "no text": ({"utterances": [{"locale": "sw-KE"}]}, 422, "utterances.0.text: this field is missing"),
    "a number": ({"utterances": [{"text": 7}]}, 422, "utterances.0.text: input should be a valid string"),
    "null": ({"utterances": [{"text": None}]}, 422, "utterances.0.text: input should be a valid string"),
    "empty": ({"utterances": [{"text": ""}]}, 422, "at least 1 character"),
    "blank": ({"utterances": [{"text": " \n\u3000"}]}, 422, "nothing but white space"),
    "too long": ({"utterances": [{"text": "a" * (MAX_CHARACTERS + 1)}]}, 422, f"at most {MAX_CHARACTERS} characters"),
    "no such locale": ({"utterances": [{"text": "a", "locale": "xx-XX"}]}, 422, "names no known language"),
    "no locale": ({"utterances": [{"text": "a", "locale": "\0"}]}, 422, "utterances.0.locale: "),
    "top of 0": ({"utterances": [{"text": "a"}], "top": 0}, 422, "top: input should be greater"),
    "top as text": ({"utterances": [{"text": "a"}], "top": "3"}, 422, "top: input should be a valid integer"),
    "top as truth": ({"utterances": [{"text": "a"}], "top": True}, 422, "top: input should be a valid integer"),
    "compare as 1": ({"utterances": [{"text": "a"}], "compare": 1}, 422, "compare: input should be a valid boolean"),
    "unknown field": ({"utterances": [{"text": "a"}], "model": "x"}, 422, "model: there is no such field"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_told_what_is_wrong(client, name):
    body, status, why = WRONG[name]
    answer = refused(client.post(PREDICT, json=body), status)
    assert why in answer["error"]
    assert answer["problems"][0] == answer["error"]


def test_all_wrong_fields_are_named_up_to_a_number(client):
    answer = refused(client.post(PREDICT, json={"utterances": [{"text": 1}, {"text": 2}], "top": 99}), 422)
    assert [line.partition(":")[0] for line in answer["problems"]] == ["utterances.0.text", "utterances.1.text", "top"]
    many = refused(client.post(PREDICT, json={"utterances": [{"text": 1}] * 30}), 422)
    assert (len(many["problems"]), many["problems"][-1]) == (11, "and 20 more")


MALFORMED = {
    "cut off": b'{"utterances": [{"text": "wake',
    "two documents": b'{"utterances": [{"text": "a"}]} {}',
    "single quotes": b"{'utterances': []}",
    "not a number": b'{"utterances": [{"text": "a"}], "top": NaN}',
    "a lone surrogate": rb'{"utterances": [{"text": "wake \ud83d me"}]}',
    "a lone surrogate in a key": rb'{"utterances": [{"text": "a"}], "\udc00": 1}',
    "a surrogate in bytes": b'{"utterances": [{"text": "\xed\xa0\x80"}]}',
    "no UTF-8": b'{"utterances": [{"text": "\xff\xfe"}]}',
    "UTF-16": '{"utterances": [{"text": "a"}]}'.encode("utf-16"),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_json_is_told_where(client, name):
    assert "not valid JSON" in refused(send(client, MALFORMED[name]), 400)["error"]


def test_bodies_that_are_missing_or_of_another_kind_are_refused(client):
    good = json.dumps({"utterances": [{"text": "a"}]}).encode()
    assert "is empty" in refused(send(client, b""), 400)["error"]
    for kind in ("text/plain", "application/xml", "", "application/json-seq", "multipart/form-data"):
        assert "application/json" in refused(send(client, good, kind), 415)["error"]
    assert "compressed" in refused(send(client, good, **{"Content-Encoding": "gzip"}), 415)["error"]
    assert send(client, good, "Application/JSON; charset=utf-8").status_code == 200


def test_other_paths_and_methods_are_refused_in_the_same_form(client):
    assert "/docs" in refused(client.get("/nothing"), 404)["error"]
    assert "/docs" in refused(client.get(PREDICT), 405)["error"]
    assert client.get(PREDICT).headers["allow"] == "POST"


def test_a_body_over_the_limit_is_refused_before_it_is_read_whole(bundle_folder):
    read = []

    def endless():
        for number in range(1000):
            read.append(number)
            yield b'{"utterances": [' + b" " * 512

    settings = ServingSettings(max_body_bytes=2048)
    with serving(lambda: FoundChampion(bundle_folder), settings) as client:
        assert "2,048 bytes" in refused(send(client, b" " * 3000), 413)["error"]
        assert "2,048 bytes" in refused(send(client, b"{}", **{"Content-Length": str(10**30)}), 413)["error"]
        assert "2,048 bytes" in refused(send(client, endless()), 413)["error"]
        assert ask(client, "wake me").status_code == 200


def test_a_token_is_asked_for_where_there_is_one(bundle_folder):
    with serving(lambda: FoundChampion(bundle_folder), token=TOKEN) as client:
        for path, method in ((PREDICT, "POST"), ("/metrics", "GET")):
            response = client.request(method, path, content=b"{broken")
            assert "Authorization: Bearer" in refused(response, 401)["error"]
            assert response.headers["www-authenticate"] == "Bearer"
        wrong = client.post(PREDICT, json={}, headers={"Authorization": "Bearer wrong"})
        refused(wrong, 401)
        for path in ("/", "/healthz", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert ask(client, "wake me").status_code == 200
        assert client.get("/metrics").status_code == 200


def test_health_tells_starting_ready_and_stopping(bundle_folder):
    let = threading.Event()

    def slow() -> FoundChampion:
        assert let.wait(60)
        return FoundChampion(bundle_folder, "7")

    service = Service(slow, ServingSettings())
    with TestClient(make_app(service)) as client:
        starting = client.get("/healthz")
        assert (starting.status_code, starting.json()["status"], starting.json()["champion"]) == (503, "starting", None)
        early = ask(client, "wake me")
        assert "being loaded" in refused(early, 503)["error"]
        assert int(early.headers["retry-after"]) > 0
        let.set()
        wait_until(lambda: client.get("/healthz").status_code == 200)
        ready = client.get("/healthz").json()
        assert (ready["status"], ready["champion"]["version"], ready["problem"]) == ("ready", "7", None)
        assert ready["champion"]["locales"] == ["de-DE", "en-US", "sw-KE"]
        service.begin_stop()
        stopping = client.get("/healthz")
        assert (stopping.status_code, stopping.json()["status"]) == (503, "stopping")
        assert ask(client, "still taken").status_code == 200
        service.stop()
        assert "stopped" in refused(ask(client, "too late"), 503)["error"]


def test_a_full_queue_says_when_to_come_back(bundle_folder, monkeypatch):
    begun, let = threading.Event(), threading.Event()
    with serving(lambda: FoundChampion(bundle_folder), ServingSettings(max_waiting=2)) as client:
        service = client.app.state.service
        answer = service.holder.current().answer

        def compute(items):
            begun.set()
            return let.wait(60) and answer(items)

        monkeypatch.setattr(service._batcher, "_compute", compute)
        statuses = []
        threads = [threading.Thread(target=lambda: statuses.append(ask(client, "a").status_code)) for _ in range(3)]
        for number, thread in enumerate(threads):
            thread.start()
            assert begun.wait(60)
            wait_until(lambda number=number: service._batcher.waiting == number)
        full = ask(client, "one more")
        assert "too much is waiting" in refused(full, 503)["error"]
        assert int(full.headers["retry-after"]) >= 1
        assert samples(client)["crossprompt_waiting_utterances",] == 2
        let.set()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 3


def test_an_error_inside_is_a_500_that_tells_nothing_and_the_next_request_is_answered(
    bundle_folder, monkeypatch, caplog
):
    with serving(lambda: FoundChampion(bundle_folder)) as client:
        batcher = client.app.state.service._batcher
        with monkeypatch.context() as patch:
            patch.setattr(batcher, "_compute", lambda items: 1 / 0)
            failed = refused(ask(client, "wake me"), 500)
        assert "division" not in json.dumps(failed)
        assert "division by zero" in caplog.text
        assert ask(client, "wake me").status_code == 200
        assert samples(client)["crossprompt_requests_total", "/predict", "500"] == 1


def test_metrics_count_what_was_asked(bundle_folder):
    with serving(lambda: FoundChampion(bundle_folder, "7")) as client:
        for locale in ("sw-KE", "sw-KE", "fr-FR", None):
            client.post(PREDICT, json={"utterances": [{"text": "a", "locale": locale}]})
        client.get("/made/up/path")
        send(client, b"{")
        found = samples(client)
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        assert client.get("/metrics", headers=accept).headers["content-type"].startswith("application/openmetrics-text")
    assert found["crossprompt_utterances_total", "sw-KE"] == 2
    assert found["crossprompt_utterances_total", "other"] == found["crossprompt_utterances_total", "none"] == 1
    assert found["crossprompt_requests_total", "/predict", "200"] == 4
    assert found["crossprompt_requests_total", "/predict", "400"] == 1
    assert found["crossprompt_requests_total", "404", "other"] == 1
    assert found["crossprompt_batch_utterances_count",] == 4
    assert found["crossprompt_champion_changes_total", "loaded"] == 1
    (info,) = (labels for labels in found if labels[0] == "crossprompt_champion_info")
    assert "7" in info


def test_answers_are_not_for_sniffing_or_keeping(client):
    headers = client.get("/").headers
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert "default-src 'none'" in headers["content-security-policy"]


def test_the_schema_names_every_status_that_is_given(client):
    schema = client.get("/openapi.json").json()
    predict = schema["paths"][PREDICT]["post"]
    assert set(predict["responses"]) == {"200", "400", "401", "408", "413", "415", "422", "503"}
    assert {
        own["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for status, own in predict["responses"].items()
        if status != "200"
    } == {"ErrorAnswer"}
    assert predict["security"] == [{"token": []}]
    assert "security" not in schema["paths"]["/healthz"]["get"]
    assert set(schema["paths"]) == {PREDICT, "/metrics", "/healthz"}


def test_the_page_of_the_interface_shows_all_of_the_schema(client):
    schema, page = client.get("/openapi.json").json(), client.get("/docs").text
    for name, record in schema["components"]["schemas"].items():
        assert f'id="{name}"' in page
        assert all(f"<code>{field}</code>" in page for field in record.get("properties", ()))
    for path, methods in schema["paths"].items():
        assert f"<code>{path}</code>" in page
        assert all(status in page for own in methods.values() for status in own["responses"])
    assert f"at most {MAX_CHARACTERS:,} characters" in page
    for foreign in ("http-equiv", "src=", "@import", "url("):
        assert foreign not in page
