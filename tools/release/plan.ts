/** The facts that a release is planned from. */
export interface ReleaseFacts {
  readonly packages: readonly PackageFacts[]
  /** The commit that is checked out. */
  readonly head: string
  /** The commit of each tag. */
  readonly tags: ReadonlyMap<string, string>
  /** Files of `.changeset` that no version holds yet. */
  readonly changesets: readonly string[]
  /** Tracked files that differ from the commit. */
  readonly changed: readonly string[]
  /** Whether the workspace's package.json names the repository, which provenance is checked against. */
  readonly hasAddress: boolean
}

export interface PackageFacts {
  readonly name: string
  readonly version: string
  /** The packages of ours that it needs. */
  readonly needs: readonly string[]
  /** The faults of its tarball. */
  readonly faults: readonly string[]
  /** Set when this version is in the registry, with the commit that it was published from, if that is known. */
  readonly published: { readonly commit: string | undefined } | undefined
}

export interface ReleasePlan {
  readonly version: string
  readonly tag: string
  /** The packages to publish, in order: each after those that it needs. */
  readonly publish: readonly string[]
  /** Packages that an interrupted run has already published. */
  readonly alreadyOut: readonly string[]
}

/** @returns the plan, or all faults that must be corrected first */
export function planRelease(facts: ReleaseFacts): ReleasePlan | { readonly faults: readonly string[] } {
  const version = facts.packages[0]?.version ?? ""
  const tag = `v${version}`
  const faults = [...faultsOfSources(facts), ...faultsOfPackages(facts, version), ...faultsOfTag(facts, tag)]
  if (faults.length > 0) return { faults }
  const inOrder = sortByNeeds(facts.packages)
  return {
    version,
    tag,
    publish: namesOf(inOrder.filter(({ published }) => published === undefined)),
    alreadyOut: namesOf(inOrder.filter(({ published }) => published !== undefined)),
  }
}

function namesOf(packages: readonly PackageFacts[]): string[] {
  return packages.map(({ name }) => name)
}

function faultsOfSources({ changesets, changed, hasAddress }: ReleaseFacts): string[] {
  return [
    ...(changesets.length > 0
      ? [
          `${changesets.length} changesets are in no version: run \`npm run release:versions\` and commit what it changes`,
        ]
      : []),
    ...(changed.length > 0 ? [`files differ from the commit: ${changed.join(", ")}`] : []),
    ...(hasAddress
      ? []
      : [
          "the address is not chosen: set repository, homepage and bugs in package.json, then `node tools/write-address.ts`",
        ]),
  ]
}

function faultsOfPackages({ packages, head }: ReleaseFacts, version: string): string[] {
  return packages.flatMap((one) => [
    ...(one.version === version ? [] : [`${one.name} is ${one.version}, others are ${version}`]),
    ...one.faults.map((fault) => `${one.name}: ${fault}`),
    ...(one.published === undefined || one.published.commit === head
      ? []
      : [
          `${one.name}@${one.version} is in the registry, from ${one.published.commit ?? "a commit it does not name"}: ` +
            "check that commit out to publish the rest, or raise the version",
        ]),
  ])
}

function faultsOfTag({ tags, head }: ReleaseFacts, tag: string): string[] {
  const commit = tags.get(tag)
  if (commit === undefined || commit === head) return []
  return [`the tag ${tag} exists, of commit ${commit}: raise the version, or check that commit out`]
}

function sortByNeeds(packages: readonly PackageFacts[]): PackageFacts[] {
  const sorted: PackageFacts[] = []
  const add = (one: PackageFacts): void => {
    if (sorted.includes(one)) return
    for (const other of packages) if (one.needs.includes(other.name)) add(other)
    sorted.push(one)
  }
  for (const one of packages) add(one)
  return sorted
}
