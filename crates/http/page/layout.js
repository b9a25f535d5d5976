// The page's layout: the box to log in, the filter, the operations in groups by task, and what is wanted seldom.

import { logInBox } from "./log_in_box.js"

export function layout(contract, session, word, language) {
  const tagNames = Object.fromEntries(contract.tags.map(tag => [tag.name, tag["x-displayName"]]))
  const other = language === "en" ? { lang: "vi", name: "Tiếng Việt" } : { lang: "en", name: "English" }

  return system => {
    const h = system.React.createElement

    const PageLayout = ({ getComponent }) => {
      const part = (name, isContainer) => h(getComponent(name, isContainer))
      return h("div", { className: "swagger-ui" },
        part("SvgAssets"),
        h("div", { className: "wrapper" },
          h("nav", { className: "page-languages" }, h("a", { href: `?lang=${other.lang}`, lang: other.lang }, other.name)),
          h("h1", null, word("title")),
          part("LogInBox"),
          part("FilterBox", true),
          part("errors", true),
          part("operations", true),
          h("details", null, h("summary", null, word("about")), part("InfoContainer", true)),
          h("details", null, h("summary", null, word("other_key")), part("AuthorizeBtnContainer", true)),
        ),
      )
    }

    // Operations in groups, folded until they are wanted; what a filter finds is open.
    const operations = () => given => {
      const { specSelectors, layoutSelectors, layoutActions, oas3Selectors, getConfigs, getComponent } = given
      const OperationTag = getComponent("OperationTag")
      const OperationContainer = getComponent("OperationContainer", true)
      const isFiltered = Boolean(layoutSelectors.currentFilter())
      const shown = isFiltered ? { ...layoutSelectors, isShown: () => true } : layoutSelectors
      const tagged = specSelectors.taggedOperations()

      const operation = (one, tag) => {
        const [path, method] = [one.get("path"), one.get("method")]
        return h(OperationContainer, { key: `${method} ${path}`, specPath: one.get("specPath"), op: one, path, method, tag })
      }
      const section = tag => {
        const passedOn = { oas3Selectors, layoutSelectors: shown, layoutActions, getConfigs, getComponent }
        const list = tagged.getIn([tag, "operations"]).map(one => operation(one, tag)).toArray()
        return h(OperationTag,
          { ...passedOn, key: tag, tag, tagObj: tagged.get(tag), specUrl: specSelectors.url() },
          h("div", { className: "operation-tag-content" }, list),
        )
      }
      const group = ({ name, tags }) => {
        const there = tags.filter(tag => tagged.has(tag))
        if (there.length === 0) {
          return null
        }
        const key = ["page-group", name]
        const isOpen = shown.isShown(key, there.some(tag => layoutSelectors.isShown(["operations-tag", tag], false)))
        return h("section", { key: name, className: "page-group" },
          h("h2", null,
            h("button", { "aria-expanded": isOpen, onClick: () => layoutActions.show(key, !isOpen) }, name),
          ),
          isOpen && there.map(section),
        )
      }
      const groups = contract["x-tagGroups"].map(group)
      return groups.some(Boolean) ? h("div", null, groups) : h("p", { className: "page-nothing" }, word("nothing_found"))
    }

    // Tags are called by their names for people; paths, which are shown by the same component, stay.
    const DeepLink = Original => props => h(Original, { ...props, text: tagNames[props.text] ?? props.text })
    // Whoever logs in does so once, for all operations.
    const authorizeOperationBtn = () => () => null

    return {
      components: { PageLayout, LogInBox: logInBox(system, session, word) },
      wrapComponents: { operations, DeepLink, authorizeOperationBtn },
    }
  }
}
