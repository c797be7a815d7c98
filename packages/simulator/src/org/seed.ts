import type { OrgDocument } from "./types.ts"

const DEPARTMENT_OF_EXTRA_MEMBERS = 2

/**
 * The organisation a simulator starts with.
 * @param extraMembers adds `m000001` with mobile `13900000001`, and so on, and raises `member_cap` to fit
 */
export function seedOrg(extraMembers = 0): OrgDocument {
  const org = smallOrg()
  for (let n = 1; n <= extraMembers; n++) {
    const digits = String(n).padStart(6, "0")
    org.members.push(
      aMember(`m${digits}`, `成员${digits}`, `139${String(n).padStart(8, "0")}`, [DEPARTMENT_OF_EXTRA_MEMBERS]),
    )
  }
  org.member_cap = Math.max(org.member_cap, org.members.length)
  return org
}

function smallOrg(): OrgDocument {
  return {
    corp_id: "ww0000000000000001",
    member_cap: 1000,
    trusted_ips: [],
    contact_secret: "sim-secret-contacts",
    departments: [
      { id: 1, name: "示例公司", parentid: 0 },
      { id: 2, name: "研发部", parentid: 1 },
      { id: 3, name: "人事部", parentid: 1 },
      { id: 4, name: "外勤部", parentid: 1 },
    ],
    members: [
      { ...aMember("zhangsan", "张三", "13800000001", [2]), email: "zhangsan@example.com" },
      { ...aMember("lisi", "李四", "13800000002", [2]), email: "lisi@example.com" },
      { ...aMember("WangWu", "王五", "13800000003", [3]), email: "wangwu@example.com" },
      aMember("007", "零零七", "13800000007", [3]),
      { ...aMember("unlicensed", "无许可", "13800000008", [2]), licensed: false },
      aMember("outsider", "外勤", "13800000009", [4]),
    ],
    tags: [
      { id: 1, name: "值班", members: ["zhangsan", "WangWu"], departments: [] },
      { id: 2, name: "外勤", members: ["outsider"], departments: [] },
    ],
    apps: [
      {
        agentid: 1000002,
        name: "告警",
        description: "",
        secret: "sim-secret-alerts",
        visible: { departments: [2, 3], members: [], tags: [1] },
        miniprograms: ["wx0000000000000001"],
        callback: {
          url: "",
          token: "simtoken1000002",
          encoding_aes_key: "u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocA",
        },
        enabled: true,
      },
      {
        agentid: 1000003,
        name: "人事",
        description: "",
        secret: "sim-secret-hr",
        visible: { departments: [3], members: ["lisi"], tags: [] },
        miniprograms: [],
        callback: {
          url: "",
          token: "simtoken1000003",
          encoding_aes_key: "J2isAjIhKtJ0RlgLKOmxgJTeKdNnFRIBXuDL7DxtpYA",
        },
        enabled: true,
      },
      {
        agentid: 1000004,
        name: "全员",
        description: "",
        secret: "sim-secret-root",
        visible: { departments: [1], members: [], tags: [] },
        miniprograms: [],
        callback: {
          url: "",
          token: "simtoken1000004",
          encoding_aes_key: "lSXpfKtHF4vUCsMehGAkWvj7FAc9QeWJKY40uvSwMFA",
        },
        enabled: true,
      },
    ],
    chats: [
      {
        chatid: "simchat",
        name: "值班群",
        agentid: 1000004,
        owner: "zhangsan",
        members: ["zhangsan", "lisi"],
        disbanded: false,
      },
    ],
    robots: [{ key: "sim-robot", name: "机器人", members: ["zhangsan", "lisi"], state: "works" }],
    linked_corps: [],
    bots: [{ bot_id: "sim-bot", secret: "sim-bot-secret", name: "智能机器人", opened_by: ["zhangsan"], groups: [] }],
  }
}

function aMember(userid: string, name: string, mobile: string, departments: number[]): OrgDocument["members"][number] {
  return { userid, name, mobile, email: "", personal_email: "", alias: "", departments, licensed: true }
}
