import assert from "node:assert/strict";
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import fc from "fast-check";
import { escapeXml } from "../../../src/text/xml_escape.ts";

Deno.test("an XML parser reads escaped text back, in an attribute and in an element", () => {
  const texts = fc.string({ unit: fc.constantFrom(..."&<>\"'; ]a#é😀") });
  fc.assert(fc.property(texts, (text) => {
    // Content must not have it: https://www.w3.org/TR/xml/#NT-CharData
    fc.pre(!text.includes("]]>"));
    const escaped = escapeXml(text);
    const { root } = parseXml(`<a b="${escaped}">${escaped}</a>`);
    assert.ok(root instanceof XmlElement);
    assert.equal(root.attributes.b, text);
    assert.equal(root.text, text);
  }));
});
