import { gatewaySettings, settingNames, settings } from "./settings.ts"

/**
 * Variables that look like settings of ours and are none: most likely misspelt, so that the setting meant is not set. A
 * warning and never more, since other programs may have put them there.
 */
export function unknownVariables(values: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(values).filter((name) => {
    return name.startsWith(PREFIX) && !known.has(name) && !isOfKubernetes(name)
  })
}

const PREFIX = "WECOM_PUSH_"

/** Those of the prefix, to be shown. */
export const knownVariables: readonly string[] = [
  ...settingNames.flatMap((setting) => settings[setting].environment),
  ...Object.values(gatewaySettings),
].filter((name, index, all) => name.startsWith(PREFIX) && all.indexOf(name) === index)

const known: ReadonlySet<string> = new Set(knownVariables.flatMap((name) => [name, `${name}_FILE`]))

/** Kubernetes gives each container such variables for every service; one called `wecom-push` makes them look like ours. */
function isOfKubernetes(name: string): boolean {
  return /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(name)
}
