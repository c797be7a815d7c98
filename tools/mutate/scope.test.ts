import assert from "node:assert/strict"
import { globSync } from "node:fs"
import { resolve } from "node:path"
import { test } from "node:test"
import { BY_DOORS, CHANGED, TESTS, testsOf } from "./scope.ts"

const ROOT = resolve(import.meta.dirname, "../..")

test("what is tested through the doors has their tests beside the near ones, and nothing else has", () => {
  const robots = "packages/gateway/src/doors/http/robots.test.ts"
  assert.deepEqual(testsOf("packages/gateway/src/channels/group-robot/group-robot.ts"), [...TESTS, robots])
  assert.deepEqual(testsOf("packages/gateway/src/limits/day-quota.ts"), TESTS)
})

test("every file and every test that is named is there", () => {
  const changed = new Set(globSync(CHANGED, { cwd: ROOT }))
  for (const { files, tests } of BY_DOORS) {
    for (const glob of files.flatMap(alternatives)) {
      assert.ok(
        globSync(glob, { cwd: ROOT }).some((file) => changed.has(file)),
        glob,
      )
    }
    for (const glob of tests.flatMap(alternatives)) assert.equal(globSync(glob, { cwd: ROOT }).length, 1, glob)
  }
})

/** The globs `a/b.ts` and `a/c.ts` for `a/{b,c}.ts`. */
function alternatives(glob: string): readonly string[] {
  const [all = "", names] = /\{([^}]*)\}/.exec(glob) ?? []
  return names === undefined ? [glob] : names.split(",").map((name) => glob.replace(all, name))
}
