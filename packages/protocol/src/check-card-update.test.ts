import assert from "node:assert/strict"
import test, { suite } from "node:test"
import { checkCardUpdate } from "./check-card-update.ts"
import type { Fault } from "./fault.ts"
import type { UpdatedTemplateCard } from "./template-card.ts"
import { cardUpdates, fullestCards } from "./testing/example-cards.ts"
import { withValue } from "./testing/with-value.ts"

const BUTTON = { button: { replace_name: "已同意" } }
const NO_TARGET = { severity: "error", errcode: 82101 }

suite("an update as WeCom documents it has no fault", () => {
  for (const [name, body] of Object.entries(cardUpdates)) {
    test(name, () => {
      assert.deepEqual(checkCardUpdate(body), [])
      assert.deepEqual(checkCardUpdate(body, { complete: true }), [])
    })
  }
})

suite("a body that its sender completes", () => {
  test("need not say whose card it is, nor agentid and response_code", () => {
    assert.deepEqual(checkCardUpdate(BUTTON), [])
  })

  test("is checked where it says so all the same", () => {
    assert.deepEqual(checkCardUpdate({ ...BUTTON, agentid: "x", response_code: 1, userids: "a" }).map(lineOf), [
      "userids wrong_type 40035",
      "agentid wrong_type",
      "response_code wrong_type",
    ])
  })
})

suite("a complete body", () => {
  const whole = cardUpdates["button text only"]

  test("has an agentid, else 41011, and a response_code, else 60140", () => {
    assert.deepEqual(checkComplete(withValue(whole, "agentid", undefined)).map(lineOf), ["agentid required 41011"])
    assert.deepEqual(checkComplete(withValue(whole, "response_code", "")).map(lineOf), ["response_code empty 60140"])
  })

  test("whose card it is comes in lists: anything else is 40035, but an empty leftover is as good as absent", () => {
    const { userids: _, ...rest } = whole
    for (const [changes, line] of [
      [{ userids: "zhangsan" }, "userids wrong_type 40035"],
      [{ userids: "zhangsan", atall: 1 }, "userids wrong_type 40035"],
      [{ partyids: "2" }, "partyids wrong_type 40035"],
      [{ tagids: 1 }, "tagids wrong_type 40035"],
      [{ userids: "" }, "userids empty 82101"],
    ] as const) {
      assert.deepEqual(checkComplete({ ...rest, ...changes }).map(lineOf), [line])
    }
    const [fault] = checkComplete({ ...rest, userids: null })
    assert.equal(fault?.errcode, 82101)
  })

  test("says whose card it is, else 82101", () => {
    const allowed = ["userids", "partyids", "tagids", "atall"]
    const { userids: _, ...rest } = whole
    assert.deepEqual(checkComplete(rest), [{ path: "userids", rule: "required", ...NO_TARGET, allowed }])
    assert.deepEqual(checkComplete({ ...rest, atall: 0, partyids: [] }).map(lineOf), ["userids required 82101"])
    const none = { path: "userids", rule: "too_few", ...NO_TARGET, unit: "items", limit: 1, actual: 0 }
    assert.deepEqual(checkComplete({ ...rest, userids: [] }), [none])
    for (const target of [{ atall: 1 }, { partyids: [2] }, { tagids: [1], userids: [] }])
      assert.deepEqual(checkComplete({ ...rest, ...target }), [])
  })
})

suite("the lists of an update", () => {
  for (const [name, max, item] of [
    ["userids", 1000, "zhangsan"],
    ["partyids", 100, 2],
    ["tagids", 100, 1],
  ] as const) {
    test(`${name}: at most ${max}, else 40035`, () => {
      const ofCount = (count: number) => checkCardUpdate({ ...BUTTON, [name]: Array(count).fill(item) })
      const size = { unit: "items", limit: max, actual: max + 1 }
      assert.deepEqual(ofCount(max), [])
      assert.deepEqual(ofCount(max + 1), [{ path: name, rule: "too_many", severity: "error", ...size, errcode: 40035 }])
    })
  }

  test("userids holds strings that are not empty, the others integers", () => {
    const body = { ...BUTTON, userids: ["", 7], partyids: ["2", 2.5], tagids: [null] }
    assert.deepEqual(checkCardUpdate(body).map(lineOf), [
      "userids[0] empty 40035",
      "userids[1] wrong_type 40035",
      "partyids[0] wrong_type",
      "partyids[1] wrong_type",
      "tagids[0] wrong_type",
    ])
  })
})

test("its switches are 0 or 1", () => {
  for (const name of ["atall", "enable_id_trans"]) {
    const fault = { path: name, rule: "not_allowed", severity: "error", allowed: [0, 1] }
    for (const value of [0, 1]) assert.deepEqual(checkCardUpdate({ ...BUTTON, [name]: value }), [])
    assert.deepEqual(checkCardUpdate({ ...BUTTON, [name]: 2 }), [fault])
  }
})

suite("an update has a button or a card", () => {
  test("and not neither", () => {
    const allowed = ["button", "template_card"]
    const fault = { path: "button", rule: "required", severity: "error", allowed, errcode: 40058 }
    assert.deepEqual(checkCardUpdate({ atall: 1 }), [fault])
  })

  test("and not both", () => {
    const { template_card } = cardUpdates["a picture notice"]
    const fault = { path: "template_card", rule: "conflict", severity: "error", because: "button" }
    assert.deepEqual(checkCardUpdate({ ...BUTTON, template_card }), [fault])
  })

  test("and the button has a new name", () => {
    assert.deepEqual(checkCardUpdate({ button: {} }).map(lineOf), ["button.replace_name required 40058"])
  })
})

suite("the card of an update", () => {
  test("has no task_id, and its menu needs none", () => {
    const { text_notice } = fullestCards
    assert.deepEqual(checkCardUpdate({ template_card: text_notice }).map(lineOf), [
      "template_card.task_id unknown_field",
    ])
  })

  test("may leave submit_button out", () => {
    const { task_id: _, submit_button: __, ...vote } = fullestCards.vote_interaction
    assert.deepEqual(checkCardUpdate({ template_card: vote }), [])
  })

  test("takes replace_text on button, vote and multiple cards only", () => {
    const { template_card } = cardUpdates["a picture notice"]
    const fault = { rule: "conflict", severity: "warning", because: "card_type = news_notice" }
    assert.deepEqual(checkCardUpdate({ template_card: { ...template_card, replace_text: "完" } }), [
      { path: "template_card.replace_text", ...fault },
    ])
  })

  test("keeps the limits of a card that is sent", () => {
    const body = cardUpdates["a dead button card for everybody"]
    const tooMany = Array.from({ length: 7 }, (_, index) => ({ text: "甲", key: `k${index}` }))
    assert.deepEqual(checkCardUpdate(withValue(body, "template_card.button_list", tooMany)).map(lineOf), [
      "template_card.button_list too_many 40058",
    ])
  })

  test("is checked for disable being true or false", () => {
    const body = withValue(cardUpdates["a vote that is closed"], "template_card.checkbox.disable", "yes")
    assert.deepEqual(checkCardUpdate(body).map(lineOf), ["template_card.checkbox.disable wrong_type"])
  })

  test("has no task_id by its type either", () => {
    const { template_card } = cardUpdates["a dead button card for everybody"]
    // @ts-expect-error an updated card keeps the task_id it was sent with
    const card: UpdatedTemplateCard = { ...template_card, task_id: "deploy-4711" }
    assert.equal(checkCardUpdate({ template_card: card }).length, 1)
  })
})

test("strings are searched for NUL and lone surrogates, unknown fields are named", () => {
  assert.deepEqual(checkCardUpdate({ button: { replace_name: "a\0" }, userid: "x" }).map(lineOf), [
    "userid unknown_field",
    "button.replace_name nul",
  ])
})

test("a body that is no object is a fault", () => {
  for (const body of [null, undefined, 1, "x", []])
    assert.deepEqual(checkCardUpdate(body), [{ path: "", rule: "wrong_type", severity: "error", because: "object" }])
})

function lineOf({ path, rule, errcode }: Fault): string {
  return `${path} ${rule}${errcode === undefined ? "" : ` ${errcode}`}`
}

function checkComplete(body: unknown): Fault[] {
  return checkCardUpdate(body, { complete: true })
}
