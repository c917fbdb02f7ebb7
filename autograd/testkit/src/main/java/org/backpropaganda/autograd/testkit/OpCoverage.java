package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.Op;

/** Finds ops without a contract. */
public final class OpCoverage {
    private OpCoverage() {}

    /** Checks that every op of a package and those below it has a test {@code FooTest extends OpContract}. */
    public static void check(String packageName, int fewest) {
        JavaClasses all = new ClassFileImporter().importPackages(packageName);
        Set<String> tested = all.stream()
                .filter(type -> type.isAssignableTo(OpContract.class))
                .map(JavaClass::getSimpleName)
                .collect(Collectors.toSet());
        JavaClasses main = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(packageName);
        assertThat(main.stream()
                        .filter(type -> type.isAssignableTo(Op.class)
                                && !type.isInterface()
                                && !type.getModifiers().contains(JavaModifier.ABSTRACT))
                        .map(type -> type.getSimpleName() + "Test"))
                .hasSizeGreaterThanOrEqualTo(fewest)
                .isSubsetOf(tested);
    }
}
