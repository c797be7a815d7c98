import assert from "node:assert/strict"
import { test } from "node:test"
import { API_EXAMPLES } from "./api-examples.ts"
import type { ApiDocument } from "./testing/api-document.ts"
import { DescribedAnswers } from "./testing/described-answers.ts"
import { runExamples } from "./testing/example-run.ts"
import { startTestGateway } from "./testing/start-gateway.ts"

/** Operations without an example, with the reasons. */
const WITHOUT: Readonly<Record<string, string>> = {
  getRecall: "of a message of more than ten calls only",
  deleteMedia: "answers nothing",
  deleteApp: "answers nothing",
  revokeKey: "answers nothing",
  removeSource: "answers nothing",
  followEvents: "a stream",
  metrics: "text",
  verifyCallbackUrl: "asked by WeCom",
  receiveCallback: "asked by WeCom",
}

// proves 30.examples: what the description shows
test("30.examples: the examples of the description are what a run asks and answers", async () => {
  assert.deepEqual(await runExamples(), API_EXAMPLES, "npm run docs:examples writes them anew")
})

// proves 30.examples: by its own schemas
test("30.examples: each operation has examples of what it takes and answers, or a reason; each passes its schema", async () => {
  await using gateway = await startTestGateway()
  const { json: document } = await gateway.request("/openapi.json", { key: null })
  const described = new DescribedAnswers(document)
  let checked = 0
  for (const { operation, content, where } of contentsOf(document)) {
    if (operation in WITHOUT) continue
    const { example, schema } = content
    assert.ok(example !== undefined, `${operation}: ${where} has no example`)
    described.checkExample(schema, example, `${operation}: ${where}`)
    checked++
  }
  assert.ok(checked >= 40, `${checked} examples`)
  assert.throws(() =>
    described.checkExample({ type: "object", required: ["id"], properties: { id: {} } }, {}, "a broken one"),
  )
})

interface DescribedContent {
  readonly operation: string
  readonly where: string
  readonly content: { readonly schema: unknown; readonly example?: unknown }
}

/** Requests and answers in JSON; of several success answers, the one from a run. */
function* contentsOf(document: ApiDocument): Generator<DescribedContent> {
  for (const operations of Object.values(document.paths)) {
    for (const { operationId: operation, requestBody, responses } of Object.values(operations)) {
      const request = requestBody?.content["application/json"]
      if (request !== undefined && !TAKES_NOTHING.has(operation))
        yield { operation, where: "the request", content: request }
      const { status = 200 } = API_EXAMPLES[operation] ?? {}
      const content = responses[status]?.content?.["application/json"]
      yield { operation, where: `the answer ${status}`, content: content ?? { schema: {} } }
    }
  }
}

/** Operations whose body may be left out. */
const TAKES_NOTHING: ReadonlySet<string> = new Set(["rotateKey"])
