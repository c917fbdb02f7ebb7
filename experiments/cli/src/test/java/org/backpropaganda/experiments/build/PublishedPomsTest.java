package org.backpropaganda.experiments.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.backpropaganda.experiments.build.PublishedPom.Dependency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is published names every dependency with the version that is tested, in a form that needs neither this build nor
 * Maven. {@code .ci/check-consumer} resolves and tests a consumer for the rest.
 */
class PublishedPomsTest {
    private static final Path HOME = Path.of("../..");
    private static final List<String> MODULES = List.of(
            "autograd",
            "autograd/testkit",
            "reversible",
            "reversible/testkit",
            "checkpointing",
            "synthetic",
            "experiments/data",
            "experiments/zoo",
            "experiments/harness");
    private static final Set<String> NATIVES = Set.of(
            "org.nd4j:nd4j-native",
            "org.bytedeco:javacpp",
            "org.bytedeco:openblas",
            "org.bytedeco:dnnl",
            "org.bytedeco:opencl");

    private static PublishedPom published(String module) throws Exception {
        Path file = HOME.resolve(module).resolve("target/published-pom.xml");
        assertThat(file).as("made by mvn process-resources of all modules").exists();
        return PublishedPom.of(file);
    }

    private static PublishedPom bom() throws Exception {
        return PublishedPom.of(HOME.resolve("autograd/bom/pom.xml"));
    }

    private static Map<String, String> versions(Stream<Dependency> dependencies) {
        return dependencies.collect(Collectors.toMap(Dependency::name, Dependency::version));
    }

    private static List<String> modules() {
        return MODULES;
    }

    @ParameterizedTest
    @MethodSource("modules")
    void namesAllThatItNeedsByLiteralVersions(String module) throws Exception {
        PublishedPom pom = published(module);
        assertThat(pom.text()).doesNotContain("${");
        assertThat(pom.has("parent")).as("has a parent").isFalse();
        assertThat(pom.dependencies()).isNotEmpty().allSatisfy(each -> {
            assertThat(each.version()).as(each.name()).matches("\\d.*");
            assertThat(each.scope()).as(each.name()).isIn("", "compile", "runtime");
            assertThat(each.classifier())
                    .as("%s: classifiers are chosen by profiles, which only Maven reads", each.name())
                    .isEmpty();
        });
    }

    @Test
    void everyPlatformHasTheSameNativesInTheVersionsOfTheirInterfaces() throws Exception {
        PublishedPom pom = published("autograd");
        Map<String, String> interfaces = versions(pom.dependencies().stream());
        assertThat(pom.byProfile().keySet())
                .containsExactlyInAnyOrder(
                        "linux-x86_64", "linux-arm64", "macosx-x86_64", "macosx-arm64", "windows-x86_64");
        pom.byProfile().forEach((platform, natives) -> {
            assertThat(natives).as(platform).hasSameSizeAs(NATIVES).allSatisfy(each -> {
                assertThat(each.classifier()).isEqualTo(platform);
                String plain = each.name().substring(0, each.name().lastIndexOf(':'));
                assertThat(plain).isIn(NATIVES);
                assertThat(each.version()).as(each.name()).isEqualTo(interfaces.get(plain));
            });
        });
    }

    @Test
    void theBomKnowsEveryVersionThatIsPublished() throws Exception {
        PublishedPom bom = bom();
        assertThat(bom.has("parent")).as("has a parent").isFalse();
        Map<String, String> managed = versions(bom.managed().stream());
        for (String module : MODULES) {
            PublishedPom pom = published(module);
            Stream.concat(
                            pom.dependencies().stream(),
                            pom.byProfile().values().stream().flatMap(List::stream))
                    .filter(each -> !module.endsWith("testkit") || each.name().startsWith("org.backpropaganda:"))
                    .forEach(each -> assertThat(managed).containsEntry(each.name(), each.version()));
            assertThat(managed)
                    .containsKey("org.backpropaganda:backpropaganda-"
                            + Path.of(module).getFileName());
        }
    }

    /**
     * Nobody who depends on a module inherits a managed version: autograd, or harness for what only reports need, has to ask
     * for it itself.
     */
    @Test
    void everyManagedVersionIsAskedFor() throws Exception {
        assertThat(bom().managed())
                .filteredOn(each -> each.classifier().isEmpty() && !each.name().startsWith("org.backpropaganda:"))
                .isNotEmpty()
                .isSubsetOf(Stream.of(published("autograd"), published("experiments/harness"))
                        .flatMap(each -> each.dependencies().stream())
                        .map(each -> new Dependency(each.name(), "", each.version(), ""))
                        .toList());
    }

    /** What the tests of this module run with is the published version of everything, natives of this platform included. */
    @Test
    void whatIsTestedIsWhatIsPublished() throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Set<String> jars = Arrays.stream(classPath.split(File.pathSeparator))
                .map(each -> Path.of(each).getFileName().toString())
                .collect(Collectors.toSet());
        for (String module : MODULES) {
            assertThat(published(module).dependencies())
                    .filteredOn(each -> !each.name().startsWith("org.backpropaganda:"))
                    .allSatisfy(each -> assertThat(jars).contains(each.jar()));
        }
        assertThat(published("autograd").byProfile().values())
                .anySatisfy(natives ->
                        assertThat(natives).allSatisfy(each -> assertThat(jars).contains(each.jar())));
    }

    @Test
    void theProgramRunsWithoutBenchmarks() throws Exception {
        assertThat(published("experiments/cli").dependencies())
                .isNotEmpty()
                .noneSatisfy(each -> assertThat(each.name()).contains("jmh"));
    }

    /** Who measures runs of a program of their own takes no command line with it, and who reads images no mathematics. */
    @Test
    void modulesBringNoMoreThanTheyNeed() throws Exception {
        assertThat(published("experiments/data").dependencies())
                .extracting(Dependency::name)
                .containsExactly("org.jspecify:jspecify");
        assertThat(published("experiments/harness").dependencies())
                .extracting(Dependency::name)
                .containsExactlyInAnyOrder(
                        "org.backpropaganda:backpropaganda-zoo",
                        "org.knowm.xchart:xchart",
                        "tools.jackson.core:jackson-databind",
                        "org.webjars.npm:uplot");
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/using.md"})
    void documentsNameArtifactsThatAreThere(String document) throws Exception {
        Set<String> own = bom().managed().stream()
                .map(Dependency::name)
                .filter(name -> name.startsWith("org.backpropaganda:"))
                .map(name -> name.substring(name.indexOf(':') + 1))
                .collect(Collectors.toSet());
        own.add("backpropaganda-bom");
        List<String> named = Pattern.compile("backpropaganda-[a-z]+")
                .matcher(Files.readString(HOME.resolve(document)))
                .results()
                .map(match -> match.group())
                .toList();
        assertThat(named).isNotEmpty();
        assertThat(own).containsAll(named);
    }
}
