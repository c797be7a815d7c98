// Checks the metadata and the files of each published package.

/** Fields of the `package.json` of the workspace or of a package. */
export interface Described {
  readonly name?: unknown
  readonly description?: unknown
  readonly keywords?: unknown
  readonly license?: unknown
  readonly repository?: unknown
  readonly homepage?: unknown
  readonly bugs?: unknown
}

/** The address of the project as a package must have it. The workspace's `package.json` is the one place where it is chosen. */
export function addressIn(workspace: Described, folder: string): Record<string, unknown> {
  const { repository, homepage, bugs } = workspace
  if (repository === undefined) return {}
  const { type, url } = repository as { readonly type: string; readonly url: string }
  return { repository: { type, url, directory: folder }, homepage, bugs }
}

/** @returns the faults of a package's metadata; `folder` as in `packages/sdk` */
export function manifestFaults(workspace: Described, manifest: Described, folder: string): string[] {
  const faults: string[] = []
  const { description, keywords, license } = manifest
  if (typeof description !== "string" || description === "") faults.push("package.json has no description")
  if (!Array.isArray(keywords) || !keywords.includes("wecom")) faults.push('package.json has no keyword "wecom"')
  if (license !== workspace.license) faults.push(`package.json has the license ${String(license)}`)
  const address: Record<string, unknown> = addressIn(workspace, folder)
  for (const field of ["repository", "homepage", "bugs"] as const) {
    if (JSON.stringify(manifest[field]) !== JSON.stringify(address[field])) {
      faults.push(`${field} differs from the workspace's package.json: run \`node tools/write-address.ts\``)
    }
  }
  return faults
}

const NEEDED = ["package.json", "README.md", "README.zh-CN.md", "LICENSE"]
/** Allowed beside the needed files: the launcher, and the built files with their declarations. */
const ALLOWED = /^(?:bin|dist|build)\//
const NOT_FOR_USERS = /\.test\.|(?:^|\/)testing\/|\.tsbuildinfo$|(?:^|\/)\.env/

/** @returns the faults of a tarball's files; files that `readme` names, such as notices, must be there */
export function contentFaults(files: readonly string[], readme = ""): string[] {
  const named = [...readme.matchAll(/`(dist\/[^`]+)`/g)].map(([, file = ""]) => file)
  const missing = [...NEEDED, ...named].filter((file) => !files.includes(file)).map((file) => `${file} is missing`)
  const stray = files
    .filter((file) => NOT_FOR_USERS.test(file) || !(ALLOWED.test(file) || NEEDED.includes(file)))
    .map((file) => `${file} is not for users`)
  return [...missing, ...stray]
}
