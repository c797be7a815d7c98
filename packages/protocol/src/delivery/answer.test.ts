import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { takesLinearTime } from "../../../../tools/testing/linear-time.ts"
import { readAnswer, readErrmsg, readSendAnswer } from "./answer.ts"

test("an answer with an errcode is definite, whatever else it holds", () => {
  assert.deepEqual(readAnswer('{"errcode":40014,"errmsg":"invalid access_token"}'), {
    kind: "answer",
    errcode: 40014,
    errmsg: "invalid access_token",
    fields: { errcode: 40014, errmsg: "invalid access_token" },
  })
  assert.deepEqual(readAnswer('\uFEFF {"errcode":0}\n'), {
    kind: "answer",
    errcode: 0,
    errmsg: "",
    fields: { errcode: 0 },
  })
})

test("a success may leave errcode out, if it holds a result", () => {
  for (const field of ["access_token", "userid", "msgid", "ip_list"]) {
    const answer = readAnswer(`{"${field}":"x"}`)
    assert.deepEqual([answer.kind, answer.kind === "answer" && answer.errcode], ["answer", 0], field)
  }
})

for (const [why, bodies] of Object.entries({
  empty: ["", " \n"],
  not_json: ["<html><body>502 Bad Gateway</body></html>", '{"errcode":0,"errm', "errcode=0"],
  not_an_object: ["[]", '[{"errcode":0}]', "0", "null", '"ok"', "true"],
  no_errcode: ["{}", '{"status":"ok"}', '{"errmsg":"ok"}'],
  errcode_not_a_number: ['{"errcode":"0"}', '{"errcode":null}', '{"errcode":0.5}', '{"errcode":1e400,"msgid":"x"}'],
})) {
  for (const body of bodies) {
    test(`${JSON.stringify(body)} says nothing definite: ${why}`, () => {
      assert.deepEqual(readAnswer(body), { kind: "unusable", why })
    })
  }
}

test("any body is read without throwing", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
      assert.ok(["answer", "unusable"].includes(readAnswer(body).kind))
    }),
  )
})

// proves 29.P14: text that no store keeps
test("NUL and halves of characters in an answer are replaced, at any depth: no store keeps them", () => {
  const body = String.raw`{"errcode":0,"errmsg":"o\u0000k\ud83d","msgid":"m\u0000","list":[{"userid":"\udc00\u4f60"}]}`
  assert.deepEqual(readAnswer(body), {
    kind: "answer",
    errcode: 0,
    errmsg: "o\ufffdk\ufffd",
    fields: { errcode: 0, errmsg: "o\ufffdk\ufffd", msgid: "m\ufffd", list: [{ userid: "\ufffd你" }] },
  })
})

test("skipped recipients are read from strings with bars, arrays, numbers, empty and absent fields", () => {
  const none = { invalidUsers: [], invalidDepartments: [], invalidTags: [], unlicensedUsers: [] }
  assert.deepEqual(readSendAnswer({}), none)
  assert.deepEqual(
    readSendAnswer({ invaliduser: "", invalidparty: [], invalidtag: null, unlicenseduser: {}, msgid: "" }),
    none,
  )
  assert.deepEqual(
    readSendAnswer({
      invaliduser: "ghost| former.colleague |",
      invalidparty: [404, "7|9"],
      invalidtag: 3,
      unlicenseduser: ["trial01"],
      msgid: "m-1",
      response_code: "c-1",
    }),
    {
      invalidUsers: ["ghost", "former.colleague"],
      invalidDepartments: ["404", "7", "9"],
      invalidTags: ["3"],
      unlicensedUsers: ["trial01"],
      msgid: "m-1",
      responseCode: "c-1",
    },
  )
})

test("errmsg is taken apart into sentence, hint number and address", () => {
  assert.deepEqual(
    readErrmsg(
      "not allow to access from your ip, hint: [1735689600123456789], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=60020",
    ),
    {
      text: "not allow to access from your ip",
      hint: "1735689600123456789",
      fromIp: "203.0.113.7",
      jsonWarning: false,
    },
  )
  assert.deepEqual(readErrmsg("invalid access_token"), { text: "invalid access_token", jsonWarning: false })
  assert.deepEqual(readErrmsg(""), { text: "", jsonWarning: false })
})

test("an IPv6 address and a trailer without hint are read too", () => {
  assert.deepEqual(readErrmsg("x, from ip: 2001:db8::7, more info at https://a"), {
    text: "x",
    fromIp: "2001:db8::7",
    jsonWarning: false,
  })
})

test("the warning about wrong JSON shows even beside ok", () => {
  assert.equal(readErrmsg("ok. Warning: wrong json format. ").jsonWarning, true)
  assert.equal(
    readErrmsg("Warning: wrong json format. invalid agentid, hint: [1]").text,
    "Warning: wrong json format. invalid agentid",
  )
})

test("a sentence is read in a time that grows with its length, whatever it repeats", async () => {
  for (const part of [" ", "\n", "hint:", "hint:[", "hint: [1 ", ", ", "from ip:", "from ip: ", "more info at "]) {
    const read = (length: number) => readErrmsg(`${part.repeat(length / part.length)}x`)
    await takesLinearTime(200_000, read, JSON.stringify(part))
  }
})
