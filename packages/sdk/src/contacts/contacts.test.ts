import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { rejected } from "../testing/rejected.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"

const HR = { secret: "sim-secret-hr", agentId: 1000003 }
const CONTACT_SYNC = { secret: "sim-secret-contacts" }

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items)
}

// proves 32.reads: the SDK
suite("an app reads what it sees", () => {
  test("departments with their names", async () => {
    await using sim = await simulatedWeCom(HR)
    assert.deepEqual(await all(sim.wecom.departments()), [{ id: 3, name: "人事部", parentId: 1, order: 1 }])
  })

  test("members of its departments, and those whom the range names alone or by a tag, each once", async () => {
    await using sim = await simulatedWeCom(HR)
    assert.deepEqual(
      (await all(sim.wecom.members())).map(({ userid, name }) => [userid, name]),
      [
        ["WangWu", "王五"],
        ["007", "零零七"],
        ["lisi", "李四"],
      ],
    )
    const ofAlerts = sim.another({ secret: "sim-secret-alerts", agentId: 1000002 })
    assert.deepEqual(
      (await all(ofAlerts.members())).map(({ userid }) => userid),
      ["zhangsan", "lisi", "unlicensed", "WangWu", "007"],
    )
  })

  test("direct members of one department", async () => {
    await using sim = await simulatedWeCom()
    assert.deepEqual((await all(sim.wecom.members({ department: 3 }))).at(0), {
      userid: "WangWu",
      name: "王五",
      departments: [3],
    })
    const outOfSight = await rejected(all(sim.wecom.members({ department: 4 })))
    assert.equal(outOfSight.errcode, 60011)
  })

  test("tags, and who has one", async () => {
    await using sim = await simulatedWeCom()
    assert.deepEqual(await all(sim.wecom.tags()), [{ id: 1, name: "值班" }])
    assert.deepEqual(await sim.wecom.tag(1), {
      id: 1,
      name: "值班",
      members: [
        { userid: "zhangsan", name: "张三" },
        { userid: "WangWu", name: "王五" },
      ],
      departments: [],
    })
    assert.equal((await rejected(sim.wecom.tag(99))).errcode, 40068)
  })
})

test("a caller that reads ids alone gets departments without names", async () => {
  await using sim = await simulatedWeCom(CONTACT_SYNC)
  assert.deepEqual(
    (await all(sim.wecom.departments())).map(({ id, name }) => [id, name]),
    [1, 2, 3, 4].map((id) => [id, undefined]),
  )
})

test("members are asked for as the iteration gets to them, and no further", async () => {
  await using sim = await simulatedWeCom()
  for await (const member of sim.wecom.members()) {
    assert.equal(member.userid, "zhangsan")
    break
  }
  assert.equal((await sim.calls("user/simplelist")).length, 1)
})

test("a busy WeCom is asked again, and an aborted signal ends the iteration", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: "department/list", kind: "errcode", errcode: -1, times: 2 })
  assert.equal((await all(sim.wecom.departments())).length, 2)
  assert.equal((await rejected(all(sim.wecom.members({ signal: AbortSignal.abort() })))).code, "aborted")
  assert.equal((await rejected(all(sim.wecom.members({ deparment: 1 } as object)))).code, "invalid_input")
})
