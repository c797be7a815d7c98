import { useEffect, useState } from "react"
import type { OrgDocument } from "../../../../src/org/types.ts"
import { fetchJson } from "../../shell/read-json.ts"

export interface Organisation {
  /** As the simulator has it; undefined until it is known. */
  readonly org?: OrgDocument | undefined
  readonly hasFailed: boolean
  readonly load: () => Promise<void>
  /** It was written, and this is what came of it. */
  readonly take: (org: OrgDocument) => void
}

/** Read each time the section comes into sight: it may be large, and tests change it seldom. */
export function useOrganisation(): Organisation {
  const [held, setHeld] = useState<OrgDocument | "failed">()
  useEffect(() => {
    let isAway = false
    const load = async (): Promise<void> => {
      const read = await readOrg()
      if (!isAway) setHeld((held) => read ?? held ?? "failed")
    }
    void load()
    return () => {
      isAway = true
    }
  }, [])
  const load = async (): Promise<void> => setHeld((await readOrg()) ?? "failed")
  return { ...(held === "failed" ? { hasFailed: true } : { org: held, hasFailed: false }), load, take: setHeld }
}

async function readOrg(): Promise<OrgDocument | undefined> {
  try {
    return await fetchJson<OrgDocument>("/_sim/org")
  } catch {
    return undefined
  }
}
