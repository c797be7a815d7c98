/**
 * WeCom counts by party: its limits, windows, quota and duplicate check belong to the party, whatever names the party
 * has in this gateway. An app's party is its corp id and agent id, for which several names may be registered; each
 * other kind of app has parties of its own.
 */
export interface Party {
  /** The kind of its apps, such as `app`. */
  readonly kind: string
  readonly corpId: string
  /** Identifies the party within kind and corp. For an app it is the agent id, in digits. */
  readonly partyId: string
}

/** The party of an app that WeCom knows by its agent id. */
export function agentParty({ corpId, agentId }: { readonly corpId: string; readonly agentId: number }): Party {
  return { kind: "app", corpId, partyId: String(agentId) }
}

/** The party alone, from the record of an app, which has more fields. */
export function partyOf({ kind, corpId, partyId }: Party): Party {
  return { kind, corpId, partyId }
}

/** The party as one text, for maps and for stores that keep a party as a text. */
export function partyKey({ kind, corpId, partyId }: Party): string {
  const key = `${corpId}/${partyId}`
  return kind === "app" ? key : `${kind} ${key}`
}

export function isSameParty(one: Party, other: Party): boolean {
  return one.kind === other.kind && one.corpId === other.corpId && one.partyId === other.partyId
}
