/** What somebody else adds: one of each, from a package of their own. */
package org.example;
