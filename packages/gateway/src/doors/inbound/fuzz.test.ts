import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { ADAPTER_NAMES } from "../../model/adapter-names.ts"
import { ADMIN_KEY, startTestGateway } from "../http/testing/start-gateway.ts"

/** A tenth of what the description is fuzzed with: CI asks for 20,000 there. */
const REQUESTS = Number(process.env["FUZZ_REQUESTS"] ?? 4000) / 10

/** Names that adapters look for, with values of any kind. */
const known = fc.constantFrom(
  ..."title message body desp msg msgtype text image alerts heartbeat build data repository commits extras tags".split(
    " ",
  ),
  ..."priority device_keys labels annotations __proto__".split(" "),
)
const { value: tree } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.constant(null),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(known, tie("value"), { maxKeys: 5 }),
  ),
}))
const bodies = fc.oneof(
  tree.map((value) => JSON.stringify(value) ?? ""),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.webQueryParameters(),
)
const request = fc.record({
  adapter: fc.constantFrom(...ADAPTER_NAMES),
  path: fc.constantFrom(
    "",
    "/",
    "/a",
    "/push",
    "/message",
    "/a/b",
    "/push/a",
    "/a.send",
    "/send",
    "/upload_media",
    "/%00",
    "/%ff",
  ),
  method: fc.constantFrom("GET", "POST", "PUT", "HEAD", "DELETE", "PATCH"),
  type: fc.constantFrom(
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain; charset=none",
    "nonsense",
  ),
  body: bodies,
  query: fc.webQueryParameters(),
})

// proves 32.in.bad: fuzzed requests to all doors
test("none of the requests made at random to the doors below /in is answered 5xx but by 503", async () => {
  await using gateway = await startTestGateway()
  const seen = new Set<number>()
  await fc.assert(
    fc.asyncProperty(request, async ({ adapter, path, method, type, body, query }) => {
      const target = `/in/${adapter}${path}?to=lisi&${query}`
      const hasBody = method !== "GET" && method !== "HEAD"
      const answer = await gateway.request(target, {
        method,
        key: ADMIN_KEY,
        headers: { "content-type": type },
        ...(hasBody ? { body } : {}),
      })
      seen.add(answer.status)
      assert.ok(answer.status < 500 || answer.status === 503, `${method} ${target}: ${answer.text}`)
    }),
    { numRuns: REQUESTS, seed: 20_261_201 },
  )
  // If all requests were refused at once, the fuzz would prove little.
  for (const status of [200, 400, 404, 405]) assert.ok(seen.has(status), `${status} is not among ${[...seen].join()}`)
  assert.doesNotMatch(gateway.logLines.join(""), /a request failed/)
})
