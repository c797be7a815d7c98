// The guide "From a new app to the first message", walked by a person who knows nothing else, against a WeCom that refuses
// as the real one does.
import assert from "node:assert/strict"
import { appendFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { person } from "../testing/person.ts"
import { start } from "../testing/start-process.ts"
import { secret, startBench } from "../testing/try-command.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

const CORP_ID = "ww0000000000000001"
const AGENT_ID = "1000002"
const TOKEN = "Tokenofthewalk"
const AES_KEY = "u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocA"

const SAID = {
  en: { address: /→ Add 127\.0\.0\.1 to the app's trusted addresses/, missing: /No member has this number/ },
  zh: { address: /→ 请把 127\.0\.0\.1 加入该应用的“企业可信IP”/, missing: /没有成员使用此号码|没有成员/ },
} as const

for (const language of ["en", "zh"] as const)
  // proves 30.hour: the first hour, walked by a stranger
  test(`30.hour: a stranger's walk through the first hour ends with a message (${language})`, async () => {
    await using bench = await startBench()
    await bench.control("PUT", "settings", { callback_verification: "refuse" })
    const org = (await bench.control("GET", "org")) as Json
    const save = (change: Json) => bench.control("PUT", "org", { ...org, ...change })
    const withCallback = (callback: Json) =>
      org["apps"].map((app: Json) => (app["agentid"] === 1_000_002 ? { ...app, callback } : app))
    await save({ trusted_ips: ["203.0.113.7"] })
    const env = { WECOM_API_BASE_URL: bench.url }

    // Section 4: the corp id is mistyped, so is the secret; then the address is not trusted.
    const first = person(["ww9", AGENT_ID, "wrong", "corpId", CORP_ID, "secret", secret, "stop"])
    const began = await bench.run(["init", "--lang", language], { blank: true, env, questions: first })
    assert.equal(began.code, 130, began.stderr)
    for (const said of [/40013/, /40001/, /60020/, SAID[language].address]) assert.match(began.stdout, said)
    assert.equal(first.left(), 0)

    // Section 5: token and key go beside the three values, and the gateway answers WeCom.
    await appendFile(join(bench.folder, ".env"), `WECOM_CALLBACK_TOKEN=${TOKEN}\nWECOM_ENCODING_AES_KEY=${AES_KEY}\n`)
    await using gateway = start(["serve", "--port", "0", "--lang", language], bench.folder, {})
    const announced = await gateway.says(/http:\/\/127\.0\.0\.1:\d+\/docs/)
    const url = `${/(http:\/\/127\.0\.0\.1:\d+)\/docs/.exec(announced)?.[1]}/callback/default`
    const other = { url, token: "another", encoding_aes_key: AES_KEY }
    await assert.rejects(save({ apps: withCallback(other) }), /echostr/)
    await gateway.says(/a callback was refused/)
    const apps = withCallback({ url, token: TOKEN, encoding_aes_key: AES_KEY })
    // WeCom waits a second for the answer; who was too slow on a busy machine presses the button again.
    for (let tries = 1; ; tries++) {
      const isSaved = await save({ apps, trusted_ips: ["127.0.0.1"] }).then(
        () => true,
        () => false,
      )
      if (isSaved) break
      assert.ok(tries < 10, "the page is not saved")
    }

    // And again: what is there is tried, the rest is asked for; the first number is no member's.
    const second = person(["file", "", "13911112222", "13800000001"])
    const ended = await bench.run(["init", "--lang", language], { blank: true, questions: second })
    assert.equal(ended.code, 0, ended.stdout + ended.stderr)
    assert.match(ended.stdout, SAID[language].missing)
    // The gateway of section 5 runs on the file.
    assert.match(ended.stderr, /wecom-push send --mobile/)
    assert.doesNotMatch(ended.stderr, /wecom-push serve/)
    assert.deepEqual(
      (await bench.shown()).map(({ userid }) => userid),
      ["zhangsan"],
    )
    assert.doesNotMatch(began.stdout + began.stderr + ended.stdout + ended.stderr, new RegExp(secret))
  })
