/**
 * Escapes text for XML: for the value of an attribute in double quotes, or for the content of an element
 * (https://www.w3.org/TR/xml/#syntax). The text must have no control characters, most of which XML 1.0
 * cannot express, and no `]]>`.
 */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
