import { alike } from "./alike.ts"
import { gatewaySettings, settingNames, settings } from "./settings.ts"

export interface UnknownVariable {
  readonly name: string
  /** At most three known names that are similar. */
  readonly meant: readonly string[]
}

/**
 * Variables that look like settings of ours but are not: most likely misspelt, so that the intended setting is not set.
 * Only a warning, since other programs may have set them. Other programs for WeCom have variables that begin with `WECOM_`;
 * of these only the ones that are similar to a setting are returned.
 */
export function unknownVariables(values: Readonly<Record<string, string | undefined>>): readonly UnknownVariable[] {
  return Object.keys(values).flatMap((name) => {
    if (!name.startsWith(COMMON_PREFIX) || known.has(name)) return []
    if (name.startsWith(PREFIX)) return isOfKubernetes(name) ? [] : [{ name, meant: alike(name, ofPush) }]
    const meant =
      name.length < LEAST_SIMILAR ? [] : ([ofWecom, ofPush].map((names) => alike(name, names)).find(isNotEmpty) ?? [])
    return meant.length === 0 ? [] : [{ name, meant }]
  })
}

const COMMON_PREFIX = "WECOM_"
const PREFIX = "WECOM_PUSH_"
/** Shorter names, such as `WECOM_TOKEN`, are parts of our names by chance. */
const LEAST_SIMILAR = "WECOM_BASEURL".length

const all: readonly string[] = [
  ...new Set([...settingNames.flatMap((setting) => settings[setting].environment), ...Object.values(gatewaySettings)]),
]
const ofPush = all.filter((name) => name.startsWith(PREFIX))
const ofWecom = all.filter((name) => name.startsWith(COMMON_PREFIX) && !name.startsWith(PREFIX))

const known: ReadonlySet<string> = new Set(all.flatMap((name) => [name, `${name}_FILE`]))

const isNotEmpty = (names: readonly string[]): boolean => names.length > 0

/**
 * Kubernetes sets such variables in each container for every service; for a service called `wecom-push` they look like
 * ours.
 */
function isOfKubernetes(name: string): boolean {
  return /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(name)
}
