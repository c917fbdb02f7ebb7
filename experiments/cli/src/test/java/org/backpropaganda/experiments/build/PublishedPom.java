package org.backpropaganda.experiments.build;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** What the build publishes of a module, as a consumer reads it. */
record PublishedPom(String text, Element root) {

    /**
     * A dependency as it is written.
     *
     * @param name group, artifact and, where there is one, classifier
     * @param classifier empty for none
     * @param scope empty for none
     */
    record Dependency(String name, String classifier, String version, String scope) {
        /** The file that a class path has of it. */
        String jar() {
            String artifact = name.split(":", -1)[1];
            return artifact + "-" + version + (classifier.isEmpty() ? "" : "-" + classifier) + ".jar";
        }
    }

    static PublishedPom of(Path file) throws Exception {
        String text = Files.readString(file);
        return new PublishedPom(
                text,
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(file.toFile())
                        .getDocumentElement());
    }

    List<Dependency> dependencies() {
        return dependencies(root);
    }

    List<Dependency> managed() {
        return children(root, "dependencyManagement").stream()
                .flatMap(each -> dependencies(each).stream())
                .toList();
    }

    /** Those of each profile. */
    Map<String, List<Dependency>> byProfile() {
        Map<String, List<Dependency>> all = new TreeMap<>();
        for (Element profiles : children(root, "profiles")) {
            children(profiles, "profile").forEach(each -> all.put(value(each, "id"), dependencies(each)));
        }
        return all;
    }

    boolean has(String child) {
        return !children(root, child).isEmpty();
    }

    private List<Dependency> dependencies(Element parent) {
        List<Dependency> all = new ArrayList<>();
        for (Element list : children(parent, "dependencies")) {
            for (Element each : children(list, "dependency")) {
                String classifier = value(each, "classifier");
                String name = value(each, "groupId") + ":" + value(each, "artifactId");
                all.add(new Dependency(
                        classifier.isEmpty() ? name : name + ":" + classifier,
                        classifier,
                        value(each, "version"),
                        value(each, "scope")));
            }
        }
        return all;
    }

    /** The text of a child, with properties of the same file put in. */
    private String value(Element parent, String child) {
        String written = children(parent, child).stream()
                .map(each -> each.getTextContent().trim())
                .findFirst()
                .orElse("");
        if (!written.startsWith("${")) {
            return written;
        }
        String property = written.substring(2, written.length() - 1);
        if (property.equals("project.version")) {
            return value(root, "version");
        }
        return children(root, "properties").stream()
                .flatMap(each -> children(each, property).stream())
                .map(Node::getTextContent)
                .findFirst()
                .orElse(written);
    }

    private static List<Element> children(Element parent, String name) {
        return IntStream.range(0, parent.getChildNodes().getLength())
                .mapToObj(parent.getChildNodes()::item)
                .filter(node -> node.getNodeName().equals(name))
                .map(Element.class::cast)
                .toList();
    }
}
