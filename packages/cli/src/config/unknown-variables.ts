import { gatewaySettings, settingNames, settings } from "./settings.ts"

/**
 * Variables that look like settings of ours but are not: most likely misspelt, so that the intended setting is not set.
 * Only a warning, since other programs may have set them.
 */
export function unknownVariables(values: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(values).filter((name) => {
    return name.startsWith(PREFIX) && !known.has(name) && !isOfKubernetes(name)
  })
}

const PREFIX = "WECOM_PUSH_"

/** The known variables with the prefix, for the message. */
export const knownVariables: readonly string[] = [
  ...settingNames.flatMap((setting) => settings[setting].environment),
  ...Object.values(gatewaySettings),
].filter((name, index, all) => name.startsWith(PREFIX) && all.indexOf(name) === index)

const known: ReadonlySet<string> = new Set(knownVariables.flatMap((name) => [name, `${name}_FILE`]))

/**
 * Kubernetes sets such variables in each container for every service; for a service called `wecom-push` they look like
 * ours.
 */
function isOfKubernetes(name: string): boolean {
  return /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(name)
}
