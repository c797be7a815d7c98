import assert from "node:assert/strict"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { Ajv } from "ajv"
import { parse } from "yaml"

// Checks the chart as far as possible without Helm, which is not in npm or Debian.

const chart = join(import.meta.dirname, "helm", "wecom-push")
const read = (name: string): Promise<string> => readFile(join(chart, name), "utf8")
const values = async (): Promise<Values> => parse(await read("values.yaml")) as Values

interface Values {
  readonly [name: string]: unknown
}

test("each value that a template reads is there, and each that is there is read", async () => {
  const texts = await Promise.all((await readdir(join(chart, "templates"))).map((name) => read(`templates/${name}`)))
  const used = new Set(texts.flatMap((text) => [...text.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = ""]) => path)))
  assert.ok(used.size > 10)
  // Values that are passed to Kubernetes unchanged are read as a whole.
  const isRead = (path: string): boolean => used.has(path) || [...used].some((one) => path.startsWith(`${one}.`))
  const given = leaves(await values())
  assert.deepEqual(
    given.filter((path) => !isRead(path)),
    [],
  )
  const isGiven = (path: string): boolean => given.some((one) => one === path || one.startsWith(`${path}.`))
  assert.deepEqual(
    [...used].filter((path) => !isGiven(path)),
    [],
  )
})

// proves 13.M5: figures and files to run it
test("the schema takes the values there are, and refuses one that is misspelt or out of its range", async () => {
  const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(
    JSON.parse(await read("values.schema.json")) as object,
  )
  const all = await values()
  assert.equal(isValid(all), true, JSON.stringify(isValid.errors))
  for (const wrong of [
    { replica: 3 },
    { replicas: 0 },
    { secretName: "" },
    { ingress: { enable: true } },
    { env: { "log-level": "info" } },
    { files: { url: "https://bucket" } },
    { files: { bucket: "x" } },
  ]) {
    assert.equal(isValid({ ...all, ...wrong }), false, JSON.stringify(wrong))
  }
})

test("every block that a template opens it closes, and what it includes is defined", async () => {
  const names = await readdir(join(chart, "templates"))
  const texts = await Promise.all(names.map((name) => read(`templates/${name}`)))
  const defined = new Set(texts.flatMap((text) => [...text.matchAll(/define "([^"]+)"/g)].map(([, name]) => name)))
  for (const [index, text] of texts.entries()) {
    const opened = text.match(/\{\{-? *(?:if|with|range|define)\b/g)?.length ?? 0
    const closed = text.match(/\{\{-? *end\b/g)?.length ?? 0
    assert.equal(closed, opened, names[index])
    for (const [, name] of text.matchAll(/include "([^"]+)"/g)) assert.ok(defined.has(name), `${names[index]}: ${name}`)
  }
})

/** The paths of all leaves; an empty object or list is a leaf. */
function leaves(value: unknown, path = ""): string[] {
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : []
  if (entries.length === 0) return [path]
  return entries.flatMap(([name, one]) => leaves(one, path === "" ? name : `${path}.${name}`))
}
