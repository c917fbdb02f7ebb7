package org.backpropaganda.experiments;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Optional;
import java.util.stream.Stream;
import org.backpropaganda.autograd.Internal;

@AnalyzeClasses(packages = "org.backpropaganda", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String EXPERIMENTS = "org.backpropaganda.experiments";

    @ArchTest
    static final ArchRule familiesKnowOnlyAutograd = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("autograd")
            .definedBy("org.backpropaganda.autograd..")
            .layer("reversible")
            .definedBy("org.backpropaganda.reversible..")
            .layer("checkpointing")
            .definedBy("org.backpropaganda.checkpointing..")
            .layer("synthetic")
            .definedBy("org.backpropaganda.synthetic..")
            .layer("experiments")
            .definedBy("org.backpropaganda.experiments..")
            .whereLayer("autograd")
            .mayNotAccessAnyLayer()
            .whereLayer("reversible")
            .mayOnlyAccessLayers("autograd")
            .whereLayer("checkpointing")
            .mayOnlyAccessLayers("autograd")
            .whereLayer("synthetic")
            .mayOnlyAccessLayers("autograd")
            .whereLayer("experiments")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule modulesHaveNoCycles = slices().matching("org.backpropaganda.(*)..")
            .should()
            .beFreeOfCycles()
            .allowEmptyShould(true);

    /** The root package, which has the refusals, is one of them. */
    @ArchTest
    static final ArchRule packagesOfExperimentsHaveNoCycles = slices().assignedFrom(new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass each) {
                    return each.getPackageName().startsWith(EXPERIMENTS)
                            ? SliceIdentifier.of(each.getPackageName())
                            : SliceIdentifier.ignore();
                }

                @Override
                public String getDescription() {
                    return "packages of experiments";
                }
            })
            .should()
            .beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheCoreKnowsTheNatives = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "..autograd.tensor..", "..autograd.kernel..", "..experiments.libtorch..", "..experiments.jmh..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.nd4j..", "org.bytedeco..", "com.sun.jna..");

    /** Programs that measure kernels themselves name them. */
    @ArchTest
    static final ArchRule onlyTheLibraryUsesItsInternals = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "org.backpropaganda.autograd..",
                    "org.backpropaganda.reversible..",
                    "org.backpropaganda.checkpointing..",
                    "org.backpropaganda.synthetic..",
                    "..experiments.jmh..")
            .and()
            .haveNameNotMatching(".*\\.PrimitiveSizes(\\$.*)?")
            .should()
            .dependOnClassesThat(areInternal());

    private static DescribedPredicate<JavaClass> areInternal() {
        return DescribedPredicate.describe(
                "are internal to the library",
                type -> Stream.iterate(
                                Optional.of(type),
                                Optional::isPresent,
                                each -> each.flatMap(JavaClass::getEnclosingClass))
                        .flatMap(Optional::stream)
                        .anyMatch(each -> each.isAnnotatedWith(Internal.class)));
    }
}
