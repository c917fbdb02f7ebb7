package org.backpropaganda.experiments.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every {@code java} block of README and docs compiles. */
class SnippetsTest {
    private static final Path HOME = Path.of("../..");
    private static final List<String> PACKAGES = List.of(
            "experiments.page",
            "autograd.op",
            "autograd.tensor",
            "autograd.graph",
            "autograd.kernel",
            "autograd.nn",
            "autograd.technique",
            "autograd.optim",
            "autograd.check",
            "autograd.io",
            "autograd.testkit",
            "reversible",
            "reversible.abn",
            "reversible.block",
            "reversible.exact",
            "reversible.ode",
            "reversible.recurrent",
            "checkpointing",
            "checkpointing.compress",
            "checkpointing.recompute",
            "checkpointing.offload",
            "checkpointing.schedule",
            "checkpointing.plan",
            "checkpointing.planner",
            "synthetic",
            "synthetic.local",
            "synthetic.predictor",
            "synthetic.probe",
            "synthetic.recurrent",
            "synthetic.stage",
            "synthetic.zeroth",
            "experiments.peak",
            "experiments.export");
    /** All public classes of the library; a name that an op and a layer share is the layer's, as the later package has it. */
    private static final Map<String, String> IMPORTS = imports();

    @TempDir
    private Path classes;

    private static Map<String, String> imports() {
        Map<String, String> imports = new TreeMap<>();
        imports.put("java.util.*", "import java.util.*;");
        imports.put("java.util.stream.*", "import java.util.stream.*;");
        imports.put("Ops.*", "import static org.backpropaganda.autograd.op.Ops.*;");
        imports.put("in", "import static org.backpropaganda.autograd.testkit.Input.in;");
        imports.put("spec", "import static org.backpropaganda.autograd.testkit.Refusal.spec;");
        ClassFileImporter importer =
                new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS);
        for (String name : PACKAGES) {
            String full = "org.backpropaganda." + name;
            for (JavaClass each : importer.importPackages(full)) {
                if (each.getPackageName().equals(full)
                        && each.isTopLevelClass()
                        && each.getModifiers().contains(JavaModifier.PUBLIC)) {
                    imports.put(each.getSimpleName(), "import " + each.getName() + ";");
                }
            }
        }
        return imports;
    }

    private static List<Path> documents() throws IOException {
        List<Path> all = new ArrayList<>(List.of(HOME.resolve("README.md")));
        try (Stream<Path> docs = Files.walk(HOME.resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(all::add);
        }
        return all;
    }

    private List<String> errors(Path document, List<String> lines) {
        return new Snippets(document, lines).errors(IMPORTS, System.getProperty("java.class.path"), classes);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void compile(Path document) throws IOException {
        assertThat(errors(document, Files.readAllLines(document))).isEmpty();
    }

    @Test
    void areFound() throws IOException {
        assertThat(count(HOME.resolve("README.md"))).isPositive();
        assertThat(count(HOME.resolve("docs/tutorial.md"))).isGreaterThanOrEqualTo(4);
        assertThat(documents()).anySatisfy(file -> assertThat(file).endsWith(Path.of("docs/adding-an-op.md")));
    }

    private static int count(Path document) throws IOException {
        return new Snippets(document, Files.readAllLines(document)).count();
    }

    @Test
    void errorsTellTheLineOfTheDocument() {
        List<String> lines = List.of(
                "# Text",
                "",
                "```java",
                "class Known {}",
                "```",
                "<!-- given: Tensor x -->",
                "```java",
                "Known known = new Known();",
                "x.shape();",
                "x.spahe();",
                "```",
                "```xml",
                "y.shape();",
                "```");
        assertThat(errors(Path.of("doc.md"), lines))
                .singleElement()
                .asString()
                .startsWith("doc.md:10: cannot find symbol")
                .contains("spahe");
    }
}
