import assert from "node:assert/strict"
import { test } from "node:test"
import { DELAY_REASONS, UNREADABLE_SECRET } from "@wecom-push/protocol/delivery"
import { tellDelay, tellOutage, tellProblem, tellRefusal } from "./tell-reason.ts"

const told = (cause: string | null) => tellOutage(cause, "as met", "en").join(" ")

// proves 10.6: what operators see
test("each reason to wait has a sentence of its own in both languages, with its time where it has one", () => {
  for (const language of ["en", "zh"] as const) {
    const sentences = DELAY_REASONS.map((reason) => tellDelay(reason, "2026-11-25T12:01:00Z", language))
    assert.equal(new Set(sentences).size, DELAY_REASONS.length)
    for (const [index, sentence] of sentences.entries()) {
      assert.match(sentence, /2026-11-25/)
      assert.doesNotMatch(sentence, new RegExp(`\\b${DELAY_REASONS[index]}\\b.*\\(|[{}]`))
    }
  }
  assert.equal(tellDelay("order", undefined, "en"), "waits for the messages before it with the same order key")
  assert.equal(tellDelay(undefined, undefined, "en"), "")
})

// proves 10.6: what operators see
test("a recipient that waits for a paused app is not shown WeCom's limits", () => {
  assert.match(tellDelay("app_paused", "2026-11-25T12:01:00Z", "en"), /setting is corrected.*; next try 2026/)
  assert.match(tellDelay("app_paused", "2026-11-25T12:01:00Z", "zh"), /改好设置；下次尝试 2026/)
})

// proves 32.bot-log-in: what operators see
test("a smart robot that another program has taken is named in both languages, with what to do", () => {
  const met = { errcode: 0, errmsg: "another program has connected with this bot id" }
  const problem = { code: "bot_taken", ...met, cause: null, since: null, nextTryAt: null }
  assert.match(tellProblem(problem, "en"), /robot is paused.*another program.*60 minutes/)
  assert.match(tellProblem(problem, "zh"), /智能机器人已暂停.*另一个程序.*60 分钟/)
  assert.doesNotMatch(tellRefusal(met.errcode, met.errmsg, "zh").join(""), /[a-z]{4,} [a-z]{4,}/)
})

test("an app whose stored secret cannot be read is named in both languages, with the command for it", () => {
  const met = { errcode: 0, errmsg: UNREADABLE_SECRET }
  const problem = { code: "app_paused", ...met, cause: null, since: null, nextTryAt: null }
  assert.match(
    tellProblem(problem, "en"),
    /secret is set again.*could not read.*`wecom-push apps set NAME --secret-file/,
  )
  assert.match(tellProblem(problem, "zh"), /重新提供 Secret.*无法读取.*wecom-push apps set 名称 --secret-file/)
})

// proves 10.6: what operators see
test("what was met on the way to WeCom says what to check", () => {
  assert.match(told("dns"), /DNS.*Met: as met/)
  assert.match(told("refused"), /host and port.*firewall/)
  assert.match(told("proxy"), /HTTPS_PROXY/)
  assert.match(told("timeout"), /firewall/)
  assert.match(told(null), /base URL.*DNS, proxy and firewall/)
  const times = { since: "2026-11-25T12:00:00Z", nextTryAt: "2026-11-25T12:01:00Z" }
  const problem = { code: "wecom_unreachable", errcode: null, errmsg: "as met", cause: "dns", ...times }
  assert.match(tellProblem(problem, "zh"), /从 2026-11-25 .*起无法连接企业微信.*DNS.*as met.*下次尝试/)
})
