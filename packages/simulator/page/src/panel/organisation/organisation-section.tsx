import type { JSX } from "react"
import { usePanelWords } from "../language.ts"
import { SectionHeading } from "../parts/section-heading.tsx"
import { OrgEditor } from "./org-editor.tsx"
import { OrgLook } from "./org-look.tsx"
import { useOrganisation } from "./use-organisation.ts"
import "./organisation.css"

/** The members, and the whole organisation as a document to edit. */
export function OrganisationSection({ tell }: { readonly tell: (text: string) => void }): JSX.Element {
  const all = usePanelWords()
  const { org, hasFailed, load, take } = useOrganisation()
  return (
    <>
      <SectionHeading title={all.sections.organisation} />
      {hasFailed && (
        <button type="button" className="button" onClick={() => void load()}>
          {all.organisation.failed}
        </button>
      )}
      {org === undefined && !hasFailed && <p className="quiet-line">{all.loading}</p>}
      {org !== undefined && (
        <>
          <OrgLook org={org} />
          <OrgEditor org={org} onSaved={take} tell={tell} />
        </>
      )}
    </>
  )
}
