import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempDisposableSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { test } from "node:test"
import { parse } from "yaml"
import { pathOf, without } from "../testing/programs.ts"
import { publishedFrom, readFacts } from "./facts.ts"
import { noticeFaults } from "./notices.ts"
import { planRelease } from "./plan.ts"
import type { PackageFacts, ReleaseFacts } from "./plan.ts"

const root = resolve(import.meta.dirname, "../..")
const HEAD = "0123456789abcdef"

function aPackage(name: string, more: Partial<PackageFacts> = {}): PackageFacts {
  return { name, version: "0.2.0", needs: [], faults: [], published: undefined, ...more }
}

function facts(more: Partial<ReleaseFacts> = {}): ReleaseFacts {
  const packages = [aPackage("command", { needs: ["sdk", "commander"] }), aPackage("sdk", { needs: ["protocol"] })]
  return {
    packages: [...packages, aPackage("protocol")],
    head: HEAD,
    tags: new Map([["v0.1.0", "another"]]),
    changesets: [],
    changed: [],
    hasAddress: true,
    ...more,
  }
}

/** The facts with one package changed. */
function withSdk(more: Partial<PackageFacts>): ReleaseFacts {
  return facts({ packages: facts().packages.map((one) => (one.name === "sdk" ? { ...one, ...more } : one)) })
}

// proves 30.release: the order of packages
test("30: packages are published after those that they need, and the tag is of their version", () => {
  assert.deepEqual(planRelease(facts()), {
    version: "0.2.0",
    tag: "v0.2.0",
    publish: ["protocol", "sdk", "command"],
    alreadyOut: [],
  })
})

// proves 30.release: a version that went half out
test("30: a version that went half out from this commit is finished: what is missing is published, in order", () => {
  const [command, sdk, protocol] = facts().packages
  assert.ok(command && sdk && protocol)
  const out = { ...protocol, published: { commit: HEAD } }
  const plan = planRelease(facts({ packages: [command, sdk, out], tags: new Map([["v0.2.0", HEAD]]) }))
  assert.deepEqual(plan, { version: "0.2.0", tag: "v0.2.0", publish: ["sdk", "command"], alreadyOut: ["protocol"] })
})

const REFUSED: readonly (readonly [what: string, facts: ReleaseFacts, fault: RegExp])[] = [
  ["a package misses its README", withSdk({ faults: ["README.md is missing"] }), /^sdk: README\.md is missing$/],
  ["the tag exists", facts({ tags: new Map([["v0.2.0", "another"]]) }), /^the tag v0\.2\.0 exists, of commit another/],
  [
    "half of it is out from another commit",
    withSdk({ published: { commit: "another" } }),
    /^sdk@0\.2\.0 .* from another/,
  ],
  [
    "half of it is out from an unknown commit",
    withSdk({ published: { commit: undefined } }),
    /a commit it does not name/,
  ],
  ["one package has another version", withSdk({ version: "0.1.0" }), /^sdk is 0\.1\.0, others are 0\.2\.0$/],
  ["changesets wait", facts({ changesets: ["a.md"] }), /^1 changesets are in no version/],
  ["files are changed", facts({ changed: ["package.json"] }), /^files differ from the commit: package\.json$/],
  ["the address is not chosen", facts({ hasAddress: false }), /^the address is not chosen/],
]

for (const [what, refused, fault] of REFUSED) {
  // proves 30.release: what a release refuses
  test(`30: a release is refused before anything is published when ${what}`, () => {
    const plan = planRelease(refused)
    assert.ok("faults" in plan)
    assert.equal(plan.faults.length, 1)
    assert.match(plan.faults[0] ?? "", fault)
  })
}

// proves 30.release: what it looks at
test(
  "30: commit, tags, waiting changesets, a missing README and a version that is out are found in a checkout",
  { skip: without("git") },
  async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "wecom-push-release-test-"))
    const git = (...argv: readonly string[]): string =>
      execFileSync(pathOf("git"), ["-c", "user.name=a", "-c", "user.email=a@localhost", ...argv], {
        cwd: folder.path,
        encoding: "utf8",
      }).trim()
    const files = {
      "package.json": '{ "repository": { "type": "git", "url": "git+https://git.example.com/a.git" } }',
      ".changeset/a.md": "",
      "packages/a/package.json":
        '{ "name": "a", "version": "0.2.0", "dependencies": { "b": "0.2.0" }, "files": ["dist"] }',
      "packages/a/README.md": "",
      "packages/a/README.zh-CN.md": "",
      "packages/a/LICENSE": "",
      "packages/a/dist/index.js": "",
    }
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, file)), { recursive: true })
      writeFileSync(join(folder.path, file), text)
    }
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "a")
    git("tag", "v0.1.0")
    git("tag", "--annotate", "--message", "b", "v0.1.1")
    const head = git("rev-parse", "HEAD")
    const found = await readFacts(folder.path, ["packages/a"], undefined)
    assert.deepEqual(found, {
      packages: [{ name: "a", version: "0.2.0", needs: ["b"], faults: [], published: undefined }],
      head,
      tags: new Map([
        ["v0.1.0", head],
        ["v0.1.1", head],
      ]),
      changesets: ["a.md"],
      changed: [],
      hasAddress: true,
    })

    // All faults at once: nothing is published, and each fault is named.
    git("tag", "v0.2.0")
    git("commit", "--quiet", "--allow-empty", "--message", "b")
    rmSync(join(folder.path, "packages/a/README.md"))
    await using registry = await startRegistry("a", { "0.2.0": { gitHead: head } })
    const plan = planRelease(await readFacts(folder.path, ["packages/a"], registry.url))
    assert.ok("faults" in plan)
    assert.deepEqual(
      plan.faults.map((fault) => fault.replaceAll(head, "HEAD").replace(/:? (?:run|raise|check) .*/, "")),
      [
        "1 changesets are in no version",
        "files differ from the commit: packages/a/README.md",
        "a: README.md is missing",
        "a@0.2.0 is in the registry, from HEAD",
        "the tag v0.2.0 exists, of commit HEAD",
      ],
    )
  },
)

// proves 30.release: what is in the registry
test("30: what is out is read from the registry: with its commit, without one, not yet, or an unknown package", async () => {
  await using registry = await startRegistry("known", { "1.0.0": { gitHead: HEAD }, "1.1.0": {} })
  const found = await Promise.all(
    ["known@1.0.0", "known@1.1.0", "known@2.0.0", "unknown@1.0.0"].map((one) => publishedFrom(one, registry.url)),
  )
  assert.deepEqual(found, [{ commit: HEAD }, { commit: undefined }, undefined, undefined])
})

/** Starts a registry that has versions of one package. */
async function startRegistry(
  name: string,
  versions: Readonly<Record<string, object>>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const named = Object.entries(versions).map(([version, more]) => [version, { name, version, ...more }] as const)
  const found = { name, "dist-tags": { latest: named.at(-1)?.[0] }, versions: Object.fromEntries(named) }
  const server = createServer((request, response) => {
    const isKnown = request.url === `/${name}`
    response.writeHead(isKnown ? 200 : 404, { "content-type": "application/json" })
    response.end(JSON.stringify(isKnown ? found : { error: "Not found" }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

// proves 30.release: licences are passed on
test("30: a library that is joined into a package without a notice is a fault, in our notices and in those of a page", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "wecom-push-notices-test-"))
  const put = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder.path, file)), { recursive: true })
    writeFileSync(join(folder.path, file), text)
  }
  const sources = ["a/index.js", "@b/c/d.js", "e/f/g.js"].map((path) => `../../node_modules/${path}`)
  put("dist/index.js.map", JSON.stringify({ sources: ["../src/index.ts", ...sources] }))
  const faultsOf = async (): Promise<string[]> =>
    (await noticeFaults(folder.path, ["packed"])).map((fault) => fault.split(" ")[0] ?? "")
  assert.deepEqual(await faultsOf(), ["a", "@b/c", "e", "packed"])
  put("dist/THIRD-PARTY-NOTICES.txt", "a\n@b/c\n\nMIT License\n\ne is not meant here\n")
  assert.deepEqual(await faultsOf(), ["e", "packed"])
  put("dist/page/THIRD-PARTY-NOTICES.md", "## e - 1.0.0 (MIT)\n\n## packed - 2.0.0 (MIT)\n")
  assert.deepEqual(await faultsOf(), [])
})

// proves 30.release: the workflow
test("30: the workflow keeps no token, may ask for provenance, and runs scripts that there are", () => {
  const text = readFileSync(join(root, ".github/workflows/release.yml"), "utf8")
  const { permissions, jobs } = parse(text) as {
    readonly permissions: object
    readonly jobs: {
      readonly release: { readonly permissions: object; readonly steps: readonly { readonly run?: string }[] }
    }
  }
  assert.deepEqual(permissions, {})
  assert.deepEqual(jobs.release.permissions, { contents: "write", "id-token": "write" })
  assert.doesNotMatch(text, /secrets\.|_TOKEN|_authToken/)
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object }
  const given = jobs.release.steps.flatMap(({ run }) => /^npm run ([\w:]+)/.exec(run ?? "")?.[1] ?? [])
  assert.deepEqual(
    given.filter((script) => !(script in scripts)),
    [],
  )
  assert.equal(jobs.release.steps.at(-1)?.run, "npm run release -- --publish")
})
