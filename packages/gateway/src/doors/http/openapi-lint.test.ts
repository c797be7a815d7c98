import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startTestGateway } from "./testing/start-gateway.ts"

const LINTER = join(dirname(fileURLToPath(import.meta.resolve("@redocly/cli/package.json"))), "bin", "cli.js")

// proves 30.openapi: the description of the API
test("30.openapi: a linter of OpenAPI documents finds nothing, and finds what is broken on purpose", async () => {
  await using gateway = await startTestGateway()
  const { text } = await gateway.request("/openapi.json", { key: null })
  assert.deepEqual(await problemsOf(text), [])
  const broken = JSON.parse(text) as { paths: Record<string, Record<string, Record<string, unknown>>> }
  delete broken.paths["/healthz"]?.["get"]?.["security"]
  const sent = broken.paths["/v1/messages"]?.["post"]?.["requestBody"] as Body
  sent.content["application/json"].example = { to: 1 }
  const found = new Set(await problemsOf(JSON.stringify(broken)))
  assert.deepEqual(found, new Set(["security-defined", "no-invalid-media-type-examples"]))
})

interface Body {
  readonly content: { readonly "application/json": { example: unknown } }
}

async function problemsOf(document: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "wecom-push-openapi-"))
  try {
    const file = join(folder, "openapi.json")
    await writeFile(file, document)
    const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" }
    // The linter exits with 1 if it finds something.
    const { stdout } = await promisify(execFile)(process.execPath, [LINTER, "lint", file, "--format=json"], {
      cwd: folder,
      env,
    }).catch((error: Error & { readonly stdout: string }) => error)
    const { problems } = JSON.parse(stdout) as { readonly problems: readonly { readonly ruleId: string }[] }
    return problems.map(({ ruleId }) => ruleId)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
