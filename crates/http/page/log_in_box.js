// The box to log in: user name, password, and the code of a second factor once it is asked for.

export function logInBox({ React }, session, word) {
  const { createElement: h, useEffect, useReducer, useState } = React
  const roles = {
    admin: word("role_admin"),
    editor: word("role_editor"),
    approver: word("role_approver"),
    viewer: word("role_viewer"),
    auditor: word("role_auditor"),
    puller: word("role_puller"),
  }

  const field = (name, label, more) => h("label", { key: name }, label, h("input", { name, type: "text", required: true, ...more }))

  function Form() {
    const [problem, setProblem] = useState(null)
    const [isBusy, setBusy] = useState(false)
    const [asksCode, setAsksCode] = useState(false)

    async function logIn(event) {
      event.preventDefault()
      const { username, password, code } = event.target.elements
      setBusy(true)
      const refused = await session
        .logIn(username.value, password.value, code?.value.trim())
        .catch(() => ({ title: word("no_answer") }))
      // Whoever is in no longer sees this box.
      if (refused) {
        setBusy(false)
        setProblem(refused)
        setAsksCode(asksCode || refused.code === "second_factor_required")
      }
    }

    return h("form", { className: "page-log-in", onSubmit: logIn },
      field("username", word("user_name"), { autoComplete: "username" }),
      field("password", word("password"), { type: "password", autoComplete: "current-password" }),
      asksCode && field("code", word("second_factor"), { autoComplete: "one-time-code", autoFocus: true }),
      h("button", { className: "btn authorize", disabled: isBusy }, word("log_in")),
      problem && h("p", { role: "alert" }, problem.detail ?? problem.title),
    )
  }

  function Somebody({ me }) {
    const scope = me.agency ?? word("whole_province")
    return h("div", { className: "page-log-in" },
      h("p", null, h("strong", null, me.username), ` · ${roles[me.role] ?? me.role} · ${scope}`),
      me.must_change_password && h("p", { role: "alert" }, word("must_change_password")),
      h("button", { className: "btn", onClick: () => session.logOut() }, word("log_out")),
    )
  }

  return function LogInBox() {
    const [, again] = useReducer(count => count + 1, 0)
    useEffect(() => {
      session.whenChanged(again)
    }, [])
    const me = session.me()
    return me ? h(Somebody, { me }) : h(Form)
  }
}
