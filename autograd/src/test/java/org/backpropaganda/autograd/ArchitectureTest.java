package org.backpropaganda.autograd;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "org.backpropaganda.autograd", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule rightDependsOnLeft = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("tensor")
            .definedBy("..autograd.tensor..")
            .layer("kernel")
            .definedBy("..autograd.kernel..")
            .layer("graph")
            .definedBy("..autograd.graph..")
            .layer("op")
            .definedBy("..autograd.op..")
            .layer("nn")
            .definedBy("..autograd.nn..")
            .layer("technique")
            .definedBy("..autograd.technique..")
            .layer("optim")
            .definedBy("..autograd.optim..")
            .layer("check")
            .definedBy("..autograd.check..")
            .layer("io")
            .definedBy("..autograd.io..")
            .whereLayer("tensor")
            .mayNotAccessAnyLayer()
            .whereLayer("kernel")
            .mayOnlyAccessLayers("tensor")
            .whereLayer("graph")
            .mayOnlyAccessLayers("tensor", "kernel")
            .whereLayer("op")
            .mayOnlyAccessLayers("tensor", "kernel", "graph")
            .whereLayer("nn")
            .mayOnlyAccessLayers("tensor", "kernel", "graph", "op")
            .whereLayer("technique")
            .mayOnlyAccessLayers("tensor", "kernel", "graph", "op", "nn", "optim")
            .whereLayer("technique")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("optim")
            .mayOnlyAccessLayers("tensor", "kernel", "graph", "op", "nn")
            .whereLayer("check")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("io")
            .mayOnlyAccessLayers("tensor", "kernel", "graph", "op", "nn", "optim")
            .whereLayer("io")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule packagesHaveNoCycles = slices().matching("org.backpropaganda.autograd.(*)..")
            .should()
            .beFreeOfCycles()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyTensorAndKernelKnowTheNatives = noClasses()
            .that()
            .resideOutsideOfPackages("..autograd.tensor..", "..autograd.kernel..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.nd4j..", "org.bytedeco..", "com.sun.jna..")
            .allowEmptyShould(true);

    /** What a user's own op needs is public; whatever else must be public for the library's packages is marked. */
    @ArchTest
    static final ArchRule kernelsAreInternal = classes()
            .that()
            .resideInAPackage("..autograd.kernel..")
            .and()
            .arePublic()
            .and()
            .areTopLevelClasses()
            .and()
            .doNotHaveFullyQualifiedName("org.backpropaganda.autograd.kernel.Window")
            .and()
            .doNotHaveFullyQualifiedName("org.backpropaganda.autograd.kernel.HostLoop")
            .should()
            .beAnnotatedWith(Internal.class);

    @ArchTest
    static final ArchRule whatUsersNeedIsNot = noClasses()
            .that()
            .resideInAnyPackage(
                    "..autograd.op..", "..autograd.nn..", "..autograd.optim..", "..autograd.check..", "..autograd.io..")
            .or()
            .haveFullyQualifiedName("org.backpropaganda.autograd.kernel.Window")
            .or()
            .haveFullyQualifiedName("org.backpropaganda.autograd.kernel.HostLoop")
            .should()
            .beAnnotatedWith(Internal.class);
}
