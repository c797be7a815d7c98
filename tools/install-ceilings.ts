/** The most megabytes and packages that the installation of each package may add: the measured figures and a tenth. */
const CEILINGS: Readonly<Record<string, { readonly megabytes: number; readonly packages: number }>> = {
  "@wecom-push/protocol": { megabytes: 3.2, packages: 10 },
  "@wecom-push/sdk": { megabytes: 7.8, packages: 23 },
  "@wecom-push/simulator": { megabytes: 17.1, packages: 82 },
  "@wecom-push/gateway": { megabytes: 38.7, packages: 97 },
  "@wecom-push/client": { megabytes: 0.8, packages: 3 },
  // Four fifths of its earlier size of 58.
  "wecom-push": { megabytes: 46.4, packages: 109 },
}

/** @returns what to look at where an installation has grown over its ceiling */
export function ceilingFault(
  name: string,
  { bytes, packages }: { bytes: number; packages: number },
): string | undefined {
  const ceiling = CEILINGS[name]
  const megabytes = bytes / 1e6
  const size = `installing ${name} brings ${megabytes.toFixed(1)} MB in ${packages} packages`
  if (ceiling === undefined) return `${size}, and has no ceiling in tools/install-ceilings.ts`
  if (megabytes <= ceiling.megabytes && packages <= ceiling.packages) return undefined
  return `${size}; at most ${ceiling.megabytes} MB in ${ceiling.packages} (tools/install-ceilings.ts)`
}
