import { useMemo, useState, type JSX } from "react"
import type { OrgDocument } from "../../../../src/org/types.ts"
import { Link } from "../../shell/link.tsx"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import { departmentRows, membersIn } from "./org-view.ts"

// More would not help: a search does.
const MEMBERS_SHOWN = 50
const DEPARTMENTS_SHOWN = 200

/** Departments as a tree, and the members of the chosen one. */
export function OrgLook({ org }: { readonly org: OrgDocument }): JSX.Element {
  const words = usePanelWords().organisation
  const [chosen, setChosen] = useState<number>()
  const departments = useMemo(() => departmentRows(org), [org])
  // Another organisation may not have it.
  const department = departments.some(({ id }) => id === chosen) ? chosen : undefined
  const rest = departments.length - DEPARTMENTS_SHOWN
  return (
    <div className="org-look">
      <div>
        <h3>{words.departments}</h3>
        <ul className="departments sheet">
          <li>
            <button type="button" aria-pressed={department === undefined} onClick={() => setChosen(undefined)}>
              <span>{words.everybody}</span>
              <span className="hint">{org.members.length}</span>
            </button>
          </li>
          {departments.slice(0, DEPARTMENTS_SHOWN).map(({ id, name, depth, count }) => (
            <li key={id}>
              <button
                type="button"
                className={`depth-${Math.min(depth, 4)}`}
                aria-pressed={department === id}
                title={`${name} (${id})`}
                onClick={() => setChosen(id)}
              >
                <span>{name}</span>
                <span className="hint">{count}</span>
              </button>
            </li>
          ))}
        </ul>
        {rest > 0 && <p className="hint">{words.moreDepartments(rest)}</p>}
      </div>
      <Members org={org} department={department} />
    </div>
  )
}

interface MembersProps {
  readonly org: OrgDocument
  readonly department: number | undefined
}

function Members({ org, department }: MembersProps): JSX.Element {
  const words = usePanelWords().organisation
  const language = usePanelLanguage()
  const [query, setQuery] = useState("")
  const found = useMemo(() => membersIn(org, department, query), [org, department, query])
  const names = useMemo(() => new Map(org.departments.map(({ id, name }) => [id, name])), [org])
  const rest = found.length - MEMBERS_SHOWN
  return (
    <div className="org-members">
      <div className="heading-row">
        <h3>{words.members}</h3>
        <output className="hint">{words.membersOf(found.length)}</output>
      </div>
      <input
        type="search"
        autoComplete="off"
        spellCheck={false}
        aria-label={words.find}
        placeholder={words.find}
        value={query}
        onChange={({ target }) => setQuery(target.value)}
      />
      {found.length === 0 ? (
        <p className="nothing sheet">{words.noMember}</p>
      ) : (
        <table className="sheet">
          <thead>
            <tr>
              <th scope="col">{words.columns.name}</th>
              <th scope="col">{words.columns.userid}</th>
              <th scope="col">{words.columns.mobile}</th>
              <th scope="col">{words.columns.departments}</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MEMBERS_SHOWN).map(({ userid, name, mobile, departments, licensed }) => (
              <tr key={userid}>
                <td>
                  <Link href={`/?${new URLSearchParams({ user: userid, lang: language }).toString()}`}>{name}</Link>
                  {!licensed && <span className="count kept">{words.unlicensed}</span>}
                </td>
                <td>{userid}</td>
                <td>{mobile}</td>
                <td>{departments.map((id) => names.get(id) ?? id).join(language === "zh" ? "、" : ", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rest > 0 && <p className="hint">{words.more(rest)}</p>}
    </div>
  )
}
