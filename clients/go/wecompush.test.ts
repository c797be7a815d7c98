import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { without } from "../../tools/testing/programs.ts"
import { shared } from "../../tools/testing/shared.ts"
import { clientRules } from "../testing/client-rules.ts"
import { buildGo } from "../testing/build-go.ts"

const skip = without("go")
const built = shared(async (resources) =>
  skip === false ? resources.use(await buildGo(import.meta.dirname, "./testing/drive")) : undefined,
)

clientRules("go", () => ({ program: built()?.program ?? "", argv: [] }), skip)

// proves 30.go: a clock that jumps
test("30.go: times are measured by the steady clock that time.Now has beside the other: nothing takes it away", () => {
  const source = readFileSync(join(import.meta.dirname, "wecompush.go"), "utf8")
  // The functions that remove the monotonic clock reading, or return times without it, according to Go's documentation.
  const takenAway = /\.(?:Round|Truncate|AddDate|In|Local|UTC|Unix\w*)\(|time\.(?:Date|Parse\w*|Unix\w*)\(/g
  assert.deepEqual(source.match(takenAway) ?? [], [])
  assert.match(source, /time\.Until\(ends\)/)
  assert.match("ends.Round(0)", takenAway)
})
